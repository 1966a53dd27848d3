{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{- define "mbo.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- define "mbo.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "mbo.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "mbo.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* What a Deployment selects its pods by can never change: no version among them. */}}
{{- define "mbo.selector" -}}
app.kubernetes.io/name: {{ include "mbo.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "mbo.labels" -}}
{{ include "mbo.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: milvus-backup
{{- end }}

{{- define "mbo.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "mbo.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{- define "mbo.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* What the operator is told about its Jobs; the same names as in src/plan/settings.ts. */}}
{{- define "mbo.settings" -}}
image: {{ include "mbo.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
version: {{ .Chart.AppVersion | quote }}
maxJobs: {{ .Values.maxJobs }}
maxJobsPerStorage: {{ .Values.maxJobsPerStorage }}
{{- with .Values.jobs }}
imagePullSecrets: {{- toYaml .imagePullSecrets | nindent 2 }}
resources: {{- toYaml .resources | nindent 2 }}
env: {{- toYaml .env | nindent 2 }}
labels: {{- toYaml .labels | nindent 2 }}
annotations: {{- toYaml .annotations | nindent 2 }}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .caBundle }}
caBundle: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the operator may do in the namespaces that it serves. */}}
{{- define "mbo.rules" -}}
- apiGroups: [milvusbackup.dev]
  resources: [milvusinstances, milvusbackupstorages, milvusbackups, milvusrestores, milvusbackupschedules]
  verbs: [get, list, watch]
# Backups by the clock, and what a storage finds in its bucket.
- apiGroups: [milvusbackup.dev]
  resources: [milvusbackups]
  verbs: [create, delete]
# The finalizer; and a backup that a schedule made gives way to the next one.
- apiGroups: [milvusbackup.dev]
  resources: [milvusbackups, milvusrestores]
  verbs: [patch]
# Backups of a schedule, once their data have expired.
- apiGroups: [milvusbackup.dev]
  resources: [milvusbackups]
  verbs: [delete]
- apiGroups: [milvusbackup.dev]
  resources:
    - milvusinstances/status
    - milvusbackupstorages/status
    - milvusbackups/status
    - milvusrestores/status
    - milvusbackupschedules/status
  verbs: [patch]
# Jobs name their object as an owner whose removal waits for them: some clusters ask for this right then.
- apiGroups: [milvusbackup.dev]
  resources:
    [milvusinstances/finalizers, milvusbackupstorages/finalizers, milvusbackups/finalizers, milvusrestores/finalizers]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: ['']
  resources: [pods]
  verbs: [get, list, watch]
- apiGroups: ['']
  resources: [pods/log]
  verbs: [get]
# Why a Job does not begin.
- apiGroups: ['']
  resources: [events]
  verbs: [get, list]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# Whether a key is there. Neither list nor watch: nobody can have this account show all secrets.
- apiGroups: ['']
  resources: [secrets, configmaps]
  verbs: [get]
- apiGroups: ['']
  resources: [namespaces]
  verbs: [get]
{{- end }}

{{- define "mbo.nodeRules" -}}
# Whether the node of a silent pod is gone.
- apiGroups: ['']
  resources: [nodes]
  verbs: [get]
{{- end }}
