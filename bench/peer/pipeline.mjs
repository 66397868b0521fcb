// One statement over a libSQL server's HTTP protocol, with nothing but `fetch`: in a Worker as well as here.

/**
 * @param {string} url
 * @param {string} sql
 * @param {readonly unknown[]} [parameters]
 * @returns {Promise<{rows: Record<string, unknown>[], affected: number}>}
 */
export async function execute(url, sql, parameters = []) {
  const stmt = { sql, args: parameters.map(asValue), want_rows: true };
  const response = await fetch(`${url}/v2/pipeline`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ requests: [{ type: "execute", stmt }, { type: "close" }] }),
  });
  const { results } = await response.json();
  const [first] = results;
  if (first.type !== "ok") throw new Error(`${first.error.message} in ${sql}`);
  const { cols, rows, affected_row_count: affected } = first.response.result;
  return { rows: rows.map((row) => Object.fromEntries(row.map((cell, i) => [cols[i].name, fromValue(cell)]))), affected };
}

function asValue(value) {
  if (value === null || value === undefined) return { type: "null" };
  if (typeof value === "boolean") return { type: "integer", value: value ? "1" : "0" };
  if (typeof value === "bigint" || Number.isInteger(value)) return { type: "integer", value: String(value) };
  if (typeof value === "number") return { type: "float", value };
  return { type: "text", value: value instanceof Date ? value.toISOString() : String(value) };
}

const fromValue = (cell) => (cell.type === "integer" ? Number(cell.value) : (cell.value ?? null));
