// The Worker's variables in development and tests: secrets made once per data folder, and files that override them.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Problem } from "./say.mjs";

/** The secrets of the Worker that development makes for itself. */
export const SECRETS = ["BETTER_AUTH_SECRET", "MEDIA_SIGNING_SECRET", "REPLICATE_API_TOKEN", "REPLICATE_WEBHOOK_SECRET"];

/** 256 bits, as text of 43 characters. */
export const newSecret = () => randomBytes(32).toString("base64url");

/**
 * The secrets in a file, which is made if it is not there; only its owner may read it.
 * @param {string} file
 * @returns {Record<string, string>}
 */
export function secretsIn(file) {
  if (existsSync(file)) return parseVars(file);
  const secrets = {
    BETTER_AUTH_SECRET: newSecret(),
    MEDIA_SIGNING_SECRET: newSecret(),
    REPLICATE_API_TOKEN: `r8_${randomBytes(20).toString("hex")}`,
    REPLICATE_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString("base64")}`,
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

/**
 * Variables from a file of JSON or of KEY=VALUE lines.
 * @param {string} file
 * @returns {Record<string, string>}
 */
export function parseVars(file) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Problem(`The file of variables ${file} cannot be read: ${error.code === "ENOENT" ? "it is not there" : error.message}.`);
  }
  if (text.trimStart().startsWith("{")) {
    try {
      return Object.fromEntries(Object.entries(JSON.parse(text)).map(([name, value]) => [name, String(value)]));
    } catch (error) {
      throw new Problem(`The file of variables ${file} is not valid JSON: ${error.message}.`);
    }
  }
  const vars = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (!name) throw new Problem(`Line ${index + 1} of ${file} is not of the form NAME=value.`);
    const [, , quoted] = /^(["'])(.*)\1$/.exec(value) ?? [];
    vars[name] = quoted ?? value;
  }
  return vars;
}

/** Variables with others laid over them; an empty value takes a variable away. */
export function overlay(vars, over) {
  const merged = { ...vars, ...over };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined && value !== ""));
}
