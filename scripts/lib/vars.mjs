// The Worker's variables in development and tests: secrets made once per data folder, and files that override them.
import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Problem } from "./say.mjs";

/** How development makes for itself each secret of the Worker. */
const MAKE = {
  BETTER_AUTH_SECRET: () => newSecret(),
  MEDIA_SIGNING_SECRET: () => newSecret(),
  REPLICATE_API_TOKEN: () => `r8_${randomBytes(20).toString("hex")}`,
  REPLICATE_WEBHOOK_SECRET: () => `whsec_${randomBytes(32).toString("base64")}`,
  FAL_KEY: () => `${randomUUID()}:${randomBytes(16).toString("hex")}`,
  OPENAI_API_KEY: () => `sk-${randomBytes(24).toString("hex")}`,
  GOOGLE_CLIENT_SECRET: () => `GOCSPX-${randomBytes(21).toString("base64url")}`,
  STRIPE_SECRET_KEY: () => `sk_test_${randomBytes(24).toString("hex")}`,
  STRIPE_WEBHOOK_SECRET: () => `whsec_${randomBytes(32).toString("base64url")}`,
  MAIL_API_KEY: () => `re_${randomBytes(4).toString("hex")}_${randomBytes(12).toString("hex")}`,
};

/** Their names. */
export const SECRETS = Object.keys(MAKE);

/** 256 bits, as text of 43 characters. */
export const newSecret = () => randomBytes(32).toString("base64url");

/**
 * The secrets in a file, which is made if it is not there, and gets those that it lacks; only its owner may read it.
 * @param {string} file
 * @returns {Record<string, string>}
 */
export function secretsIn(file) {
  const kept = existsSync(file) ? parseVars(file) : {};
  const lacking = SECRETS.filter((name) => !kept[name]);
  if (lacking.length === 0) return kept;
  const secrets = { ...kept, ...Object.fromEntries(lacking.map((name) => [name, MAKE[name]()])) };
  mkdirSync(dirname(file), { recursive: true });
  // Whole or not at all: with half a file, what was signed before would be lost.
  writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
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
