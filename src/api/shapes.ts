// SPDX-License-Identifier: Apache-2.0
// Shapes that several kinds share: names, references, durations, selections, limits and repetition.
import {
  cel,
  integer,
  list,
  object,
  text,
  withRules,
  type Rule,
  type Schema,
  withDefaults,
} from './schema.ts';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

/** The name of an object of Kubernetes, up to 253 characters. */
export function objectName(description: string): Schema {
  return withRules(text(description, 253, { minLength: 1 }), {
    rule: `self.matches(${cel(`^${label}([.]${label})*$`)})`,
    message:
      "must be an object's name: lower case letters, digits, '-' and '.', a letter or digit at each end",
  });
}

/** A reference to an object in the same namespace. */
export function reference(description: string, kind: string): Schema {
  const name = objectName(`Name of the ${kind}, in the namespace of this object.`);
  return object(description, { name }, { required: ['name'], more: { 'x-kubernetes-map-type': 'atomic' } });
}

/** A key of a Secret or a ConfigMap. */
export function dataKey(description: string, standard?: string): Schema {
  const more = standard === undefined ? {} : { default: standard };
  return text(description, 253, { minLength: 1, pattern: '^[-._a-zA-Z0-9]+$', ...more });
}

type DurationBounds = { min: string; max: string; standard?: string; orZero?: boolean };

/** A string such as `90s`, `6h` or `1h30m`. */
export function duration(description: string, { min, max, standard, orZero }: DurationBounds): Schema {
  const bounds = `duration(self) >= duration('${min}') && duration(self) <= duration('${max}')`;
  const within = orZero ? `(duration(self) == duration('0s') || ${bounds})` : bounds;
  const size = text(description, 20, {
    minLength: 2,
    ...(standard === undefined ? {} : { default: standard }),
  });
  return withRules(size, {
    // Six digits each, so that no sum leaves what CEL can hold.
    rule: `self.matches('^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$') && ${within}`,
    message: `must be a duration such as 90s, 6h or 1h30m, ${orZero ? '0s or ' : ''}from ${min} to ${max}`,
  });
}

/** Which collections: `db.collection`, `db.*`, `*` and globs. */
export function selection(description: string, least = 0): Schema {
  const item = withRules(
    text(
      'A pattern: db.collection, db.*, *, with * and ? as in a shell. A name without a dot is in `default`.',
      512,
      { minLength: 1 },
    ),
    {
      rule: String.raw`self.matches('^[^\\s./\\\\,]+([.][^\\s./\\\\,]+)?$')`,
      message: 'must be one of: db.collection, db.*, collection, *',
    },
  );
  return list(description, item, 500, {
    'x-kubernetes-list-type': 'set',
    ...(least > 0 ? { minItems: least } : {}),
  });
}

/** A folder of a bucket, without slashes at its ends; may be empty. */
export function folder(description: string, rules: Rule[] = []): Schema {
  return withRules(
    text(description, 512),
    {
      rule: "self == '' || self.matches('^[^/]+(/[^/]+)*$')",
      message: "must be a folder such as backups or team/backups: no '/' at its ends, no '//'; may be empty",
    },
    {
      rule: "!self.matches('(^|/)[.]{1,2}(/|$)') && !self.contains('\\\\')",
      message: "must not hold '\\', nor '.' or '..' as a part",
    },
    ...rules,
  );
}

export const limits: Schema = object('How much of the stores and of Milvus one run may take.', {
  concurrency: integer('Objects in flight at once. Left out: as the engine sees fit.', { min: 1, max: 4096 }),
});

export const retry: Schema = withDefaults(
  object(
    'When an attempt fails for a reason that another attempt may mend.',
    {
      limit: integer('How many attempts in all. Those that were evicted are not counted.', {
        min: 1,
        max: 20,
        standard: 3,
      }),
      minBackoff: duration('Wait before the second attempt; it doubles with each further one.', {
        min: '1s',
        max: '24h',
        standard: '30s',
      }),
      maxBackoff: duration('Longest wait between two attempts.', { min: '1s', max: '24h', standard: '10m' }),
    },
    {
      rules: [
        {
          rule: 'duration(self.minBackoff) <= duration(self.maxBackoff)',
          message: 'minBackoff must not be longer than maxBackoff',
          fieldPath: '.minBackoff',
        },
      ],
    },
  ),
);
