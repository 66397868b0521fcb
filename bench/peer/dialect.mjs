// kysely's way to a libSQL server. Every statement is a request of its own, so there are no transactions, as with better-auth's default.
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { execute } from "./pipeline.mjs";

/** @param {string} url */
export const sqldDialect = (url) => ({
  createAdapter: () => new SqliteAdapter(),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createDriver: () => ({
    async init() {},
    async destroy() {},
    async acquireConnection() {
      return {
        async executeQuery({ sql, parameters }) {
          const { rows, affected } = await execute(url, sql, parameters);
          return { rows, numAffectedRows: BigInt(affected) };
        },
      };
    },
    async releaseConnection() {},
    async beginTransaction() {},
    async commitTransaction() {},
    async rollbackTransaction() {},
  }),
});
