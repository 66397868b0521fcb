import { describe, expect, it } from "vitest";
import { checkAccount } from "./account";

const fields = { name: "Ada", email: "ada@example.com", password: "long enough" };

describe("the account form", () => {
  it("lets through what may be right", () => {
    expect(checkAccount(fields, "up")).toEqual({});
    expect(checkAccount({ ...fields, name: "", password: "old" }, "in")).toEqual({});
  });

  it("names what is missing or surely wrong", () => {
    expect(checkAccount({ name: " ", email: "", password: "" }, "up")).toEqual({ name: "missing", email: "missing", password: "missing" });
    expect(checkAccount({ ...fields, email: "ada@" }, "in")).toEqual({ email: "INVALID_EMAIL" });
    expect(checkAccount({ ...fields, password: "short" }, "up")).toEqual({ password: "PASSWORD_TOO_SHORT" });
    expect(checkAccount({ ...fields, password: "x".repeat(129) }, "up")).toEqual({ password: "PASSWORD_TOO_LONG" });
  });
});
