// SPDX-License-Identifier: Apache-2.0
// A schema as CreateCollection takes it: bytes within the request. The SDK has no encoder for it that keeps every field,
// but it can serialize the answer of DescribeCollection, which holds the same message.
import { getGRPCService } from '@zilliz/milvus2-sdk-node';
import type { Definition } from './definition.ts';
import { pairsOf } from './connection.ts';
import { isVector, scalarTypes, typeNumber, type Field } from './field.ts';

const { service } = getGRPCService({ serviceName: 'milvus.proto.milvus.MilvusService' }, { keepCase: true });

export function schemaBytes({ name, description, fields, dynamic }: Definition): Buffer {
  const schema = {
    name,
    description,
    enable_dynamic_field: dynamic,
    fields: fields.map(messageOf),
  };
  const answer = service['DescribeCollection']?.responseSerialize({ schema });
  if (answer === undefined) throw new Error('The SDK knows no DescribeCollection');
  // The schema is field 2 and nothing else is set: one byte of tag, the length as a varint, the bytes.
  let start = 1;
  while (((answer[start] ?? 0) & 0x80) !== 0) start += 1;
  return answer.subarray(start + 1);
}

function messageOf(field: Field): object {
  return {
    name: field.name,
    description: field.description,
    is_primary_key: field.isKey === true,
    autoID: field.autoID === true,
    is_partition_key: field.isPartitionKey === true,
    data_type: typeNumber(field),
    type_params: pairsOf(typeParameters(field)),
    ...(field.type === 'Array' ? { element_type: scalarTypes[field.element].number } : {}),
    ...(field.defaultValue === undefined ? {} : { default_value: field.defaultValue }),
  };
}

function typeParameters(field: Field): Record<string, number> {
  if (isVector(field)) return { dim: field.dim };
  return {
    ...('capacity' in field ? { max_capacity: field.capacity } : {}),
    ...(field.maxLength === undefined ? {} : { max_length: field.maxLength }),
  };
}
