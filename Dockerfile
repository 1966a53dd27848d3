# SPDX-License-Identifier: Apache-2.0
# One image for operator and Jobs. Needs no shell, no package and no writable file system at run time.
#
#   docker build -t milvus-backup-operator .
#
# Bases may be others: any with Node.js 24 and npm to build in, any with Node.js 24 on the PATH to run on.
# BUNDLE=prebuilt takes dist/ as `npm run build` left it, instead of building it here.
ARG BUILD_BASE=docker.io/library/node:24-bookworm-slim
ARG RUNTIME_BASE=gcr.io/distroless/nodejs24-debian12:nonroot
ARG BUNDLE=build

FROM ${BUILD_BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package's script runs: nothing of what is bundled needs one. Not "npm ci": it refuses the lockfile where a registry
# lacks the optional binaries of other platforms.
RUN ["npm", "install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund"]
COPY scripts/build.ts scripts/
COPY src src
RUN ["node", "scripts/build.ts"]

FROM scratch AS prebuilt
COPY dist /app/dist

FROM ${BUNDLE} AS bundle

FROM ${RUNTIME_BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="milvus-backup-operator" \
      org.opencontainers.image.description="Back up Milvus collections to object storage and restore them, row for row." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The first is where distroless keeps Node.js.
ENV PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin \
    NODE_ENV=production
# It says that the bundle is made of modules.
COPY package.json LICENSE /app/
COPY --from=bundle /app/dist/*.js /app/dist/
USER 65532:65532
WORKDIR /app
ENTRYPOINT ["node", "/app/dist/milvus-backup.js"]
