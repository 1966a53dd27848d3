// SPDX-License-Identifier: Apache-2.0
// Where objects lie and who we are there: shared by the storage of a Milvus and the storage of backups.
import {
  cel,
  choice,
  flag,
  object,
  text,
  withRules,
  type Properties,
  type Rule,
  type Schema,
  withDefaults,
} from './schema.ts';
import { dataKey, objectName } from './shapes.ts';

export const providers = ['S3', 'Minio', 'Ceph', 'GCS', 'Aliyun', 'Tencent', 'Huawei'] as const;

const host = String.raw`([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])`;
const port = ':(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})';

/** host:port, with IPv6 in brackets. */
export function address(description: string): Schema {
  return withRules(text(description, 512, { minLength: 1 }), {
    rule: `self.matches(${cel(`^${host}${port}$`)})`,
    message: 'must be host:port without a scheme, such as milvus.default.svc:19530',
  });
}

/** Authorities that sign a server's certificate, in a Secret or a ConfigMap. */
export function caBundle(description: string): Schema {
  const source = (kind: string) =>
    object(
      `A key of a ${kind} that holds them in PEM form.`,
      { name: objectName(`Name of the ${kind}.`), key: dataKey('Its key.') },
      { required: ['name', 'key'], more: { 'x-kubernetes-map-type': 'atomic' } },
    );
  return object(
    description,
    { secretKeyRef: source('Secret'), configMapKeyRef: source('ConfigMap') },
    {
      rules: [
        {
          rule: 'has(self.secretKeyRef) != has(self.configMapKeyRef)',
          message: 'must hold exactly one of secretKeyRef and configMapKeyRef',
        },
      ],
    },
  );
}

const endpoint = withRules(
  text(
    'Address of the store, host or host:port, without a scheme. Left out: the one that S3 and GCS have by themselves.',
    512,
    { minLength: 1 },
  ),
  {
    rule: `self.matches(${cel(`^${host}(${port})?$`)})`,
    message: 'must be host or host:port without a scheme; for plain HTTP set tls.enabled: false',
  },
);

const bucket = withRules(text('Name of the bucket. It must exist.', 255, { minLength: 1 }), {
  rule: "self.matches('^[A-Za-z0-9][-A-Za-z0-9._:]*$')",
  message: "must be a bucket's name; a folder inside it belongs into rootPath or prefix",
});

const tls = withDefaults(
  object(
    'TLS to the store.',
    {
      enabled: flag('Whether the store is spoken to by HTTPS. Set it to false for plain HTTP.', true),
      caBundle: caBundle("Authorities that sign the store's certificate, beside those of the system."),
      insecureSkipVerify: flag("Take any certificate of the store's. For trials only.", false),
    },
    {
      rules: [
        {
          rule: 'self.enabled || !has(self.caBundle) && !self.insecureSkipVerify',
          message:
            'caBundle and insecureSkipVerify mean nothing without TLS: remove them or set enabled: true',
          fieldPath: '.enabled',
        },
        {
          rule: '!(has(self.caBundle) && self.insecureSkipVerify)',
          message: 'insecureSkipVerify would not look at caBundle: keep one of the two',
          fieldPath: '.insecureSkipVerify',
        },
      ],
    },
  ),
);

const auth = object(
  'Who we are to the store: exactly one of secretRef, serviceAccountName and anonymous.',
  {
    secretRef: object(
      'A Secret with an access key and its secret key.',
      {
        name: objectName('Name of the Secret, in the namespace of this object.'),
        accessKeyKey: dataKey('Key of the Secret that holds the access key.', 'accesskey'),
        secretKeyKey: dataKey('Key of the Secret that holds the secret key.', 'secretkey'),
        sessionTokenKey: dataKey('Key of the Secret that holds a session token, where there is one.'),
      },
      { required: ['name'] },
    ),
    serviceAccountName: objectName(
      "Service account that the Jobs run as; the cloud gives it its rights (IRSA, workload identity). One of this object's namespace.",
    ),
    anonymous: withRules(flag('True: no login at all.'), {
      rule: 'self',
      message: 'can only be true: leave it out and name secretRef or serviceAccountName',
    }),
  },
  {
    rules: [
      {
        rule: '[has(self.secretRef), has(self.serviceAccountName), has(self.anonymous)].exists_one(given, given)',
        message: 'must hold exactly one of secretRef, serviceAccountName and anonymous',
      },
    ],
  },
);

export const objectStore: Properties = {
  provider: choice('Kind of object store.', providers),
  endpoint,
  region: text('Region. Left out: what the provider takes by default.', 64, {
    minLength: 1,
    pattern: '^[-A-Za-z0-9_]+$',
  }),
  bucket,
  addressing: choice(
    'Where the name of the bucket stands: in the path or in the host. Auto: as the provider likes it.',
    ['Auto', 'Path', 'VirtualHosted'],
    'Auto',
  ),
  tls,
  auth,
};

export const objectStoreRequired = ['provider', 'bucket', 'auth'];

export const objectStoreRules: Rule[] = [
  {
    rule: "has(self.endpoint) || self.provider in ['S3', 'GCS']",
    message: 'this provider needs an endpoint',
    reason: 'FieldValueRequired',
    fieldPath: '.endpoint',
  },
];
