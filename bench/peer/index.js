// npm's better-auth with the studio's options. One instance serves the whole isolate, which is the fastest way to run it; with the
// header below it is made anew for each request, as guides for Workers show it, because a request's `env` is needed to make it.
import { betterAuth } from "better-auth";
import { sqldDialect } from "./dialect.mjs";

let shared;

export default {
  fetch(request, env) {
    const auth = request.headers.has("x-instance-per-request") ? build(env) : (shared ??= build(env));
    return auth.handler(request);
  },
};

const unsent = async () => {};

function build({ ORIGIN, SECRET, DATABASE_URL }) {
  return betterAuth({
    baseURL: ORIGIN,
    secret: SECRET,
    database: { dialect: sqldDialect(DATABASE_URL), type: "sqlite" },
    emailAndPassword: { enabled: true, sendResetPassword: unsent },
    emailVerification: { sendVerificationEmail: unsent },
    user: { changeEmail: { enabled: true, sendChangeEmailConfirmation: unsent }, deleteUser: { enabled: true } },
    socialProviders: { google: { clientId: "bench.apps.googleusercontent.com", clientSecret: "not used" } },
    rateLimit: { enabled: false },
    advanced: { ipAddress: { ipAddressHeaders: ["cf-connecting-ip"] } },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
}
