import { describe, expect, it } from "vitest";
import { checkSignIn, checkSignUp, initials } from "./account";

const fields = { name: "Ada", email: "ada@example.com", password: "long enough", age: "yes" };

describe("the account forms", () => {
  it("let through what may be right", () => {
    expect(checkSignUp(fields)).toEqual({});
    expect(checkSignIn({ ...fields, password: "old" })).toEqual({});
  });

  it("name what is missing or surely wrong", () => {
    expect(checkSignUp({ name: " ", email: "", password: "", age: "" })).toEqual({
      name: "missing",
      email: "missing",
      password: "missing",
      age: "missing",
    });
    expect(checkSignIn({ ...fields, email: "ada@" })).toEqual({ email: { code: "INVALID_EMAIL" } });
    expect(checkSignUp({ ...fields, password: "short" })).toEqual({ password: { code: "PASSWORD_TOO_SHORT" } });
    expect(checkSignUp({ ...fields, password: "x".repeat(129) })).toEqual({ password: { code: "PASSWORD_TOO_LONG" } });
  });
});

describe("initials", () => {
  it("are those of the first and the last name, or of the address", () => {
    expect(initials("Ada Lovelace", "ada@example.com")).toBe("AL");
    expect(initials(" Jean Paul de la Tour ", "")).toBe("JT");
    expect(initials("émile", "")).toBe("É");
    expect(initials("", "ada@example.com")).toBe("A");
  });
});
