// SPDX-License-Identifier: Apache-2.0
// Under which names a restore puts what it restores. The rules are those of the engine (format/rename.ts), said before
// a Job is made. Two new names that are the same are left to the engine: comparing each with each costs more than CEL may
// spend (measured at 200).
import { map, object, text, withRules, type Schema } from './schema.ts';

const milvusName = '[A-Za-z_][A-Za-z0-9_]*';

export const renameShape: Schema = object('New names. What is not named here keeps its own.', {
  databases: map(
    'Databases by their new names.',
    withRules(text('The new name.', 255, { minLength: 1 }), {
      rule: `self.matches('^${milvusName}$')`,
      message: "must be a name of Milvus: ASCII letters, digits and '_', not beginning with a digit",
    }),
    100,
    [
      {
        rule: "self.all(key, key.matches('^[^\\\\s./]{1,255}$'))",
        message: 'each key must be the name of a database',
      },
    ],
  ),
  collections: map(
    'Collections by their new names: db.collection to db2.collection2. Without a dot both are in `default`.',
    withRules(text('The new name, db.collection.', 511, { minLength: 1 }), {
      rule: `self.matches('^${milvusName}([.]${milvusName})?$')`,
      message: "must be db.collection or collection, of ASCII letters, digits and '_'",
    }),
    200,
    [
      {
        rule: "self.all(key, key.matches('^[^\\\\s./]{1,255}([.][^\\\\s./]{1,255})?$'))",
        message: 'each key must be db.collection or collection',
      },
      {
        rule: "self.all(key, key.contains('.') == self[key].contains('.'))",
        message:
          'db.collection goes to db.collection, and collection to collection: say the database on both sides',
      },
      {
        rule: "self.all(key, key.contains('.') || !('default.' + key in self))",
        message: 'c and default.c are one collection: rename it once',
      },
    ],
  ),
  suffix: withRules(text('What is appended to every collection that collections does not name.', 255), {
    rule: "self.matches('^[A-Za-z0-9_]*$')",
    message: "must hold only ASCII letters, digits and '_'",
  }),
});
