import { describe, expect, it } from "vitest";
import { en } from "../text/en";
import { fr } from "../text/fr";
import { ARRIVAL_ERRORS, NOTICES, OWN_NOTICES, readArrival } from "./arrivals";

/** What better-auth 1.7.25 and Google redirect with, each as a person may meet it. */
const SENT = [
  ...["state_not_found", "state_mismatch", "access_denied", "no_code", "oauth_provider_not_found", "invalid_code"],
  ...["unable_to_get_user_info", "email_not_found", "account_not_linked", "unable_to_link_account"],
  ...["email_does_not_match", "account_already_linked_to_different_user"],
  ...["INVALID_TOKEN", "TOKEN_EXPIRED", "USER_NOT_FOUND", "INVALID_USER"],
];

describe("the news that an address brings", () => {
  it("are none in an ordinary address, which stays as it is", () => {
    expect(readArrival("/", "")).toEqual({ flash: null, resetToken: null, returned: null, portal: false, address: "/" });
    expect(readArrival("/account", "?x=1")).toEqual({ flash: null, resetToken: null, returned: null, portal: false, address: "/account?x=1" });
  });

  it("are taken out of it", () => {
    expect(readArrival("/", "?notice=email-verified&x=1")).toMatchObject({ flash: { kind: "good", code: "email-verified" }, address: "/?x=1" });
    expect(readArrival("/account", "?error=access_denied&error_description=no")).toMatchObject({
      flash: { kind: "bad", code: "cancelled" },
      address: "/account",
    });
  });

  it("are bad when both are said", () => {
    expect(readArrival("/", "?notice=email-verified&error=TOKEN_EXPIRED").flash).toEqual({ kind: "bad", code: "oldLink" });
  });

  it("say nothing that the page did not write", () => {
    expect(readArrival("/", "?notice=you-won").flash).toBeNull();
    expect(readArrival("/", "?notice=password-set").flash).toBeNull();
    expect(readArrival("/", "?error=<b>pay+here</b>").flash).toEqual({ kind: "bad", code: "unknown" });
    expect(readArrival("/", "?error=constructor").flash).toEqual({ kind: "bad", code: "unknown" });
  });

  it("hold the token of a new password, unless the link is no good", () => {
    expect(readArrival("/reset-password", "?token=abc")).toEqual({ flash: null, resetToken: "abc", returned: null, portal: false, address: "/reset-password?token=abc" });
    expect(readArrival("/reset-password", "?error=INVALID_TOKEN")).toEqual({ flash: null, resetToken: null, returned: null, portal: false, address: "/reset-password" });
    expect(readArrival("/", "?token=abc").resetToken).toBeNull();
  });

  it.each(SENT)("know %s", (code) => {
    const { flash } = readArrival("/", `?error=${code}`);
    expect(flash?.kind).toBe("bad");
    expect(flash?.code).not.toBe("unknown");
  });

  it("send who has no account to make one, and tell it not as an error", () => {
    expect(readArrival("/", "?error=signup_disabled")).toMatchObject({ flash: { kind: "newcomer", code: "google" }, address: "/" });
    expect(readArrival("/", "?error=new_user_signup_disabled").flash).toEqual({ kind: "newcomer", code: "link" });
  });

  it.each([
    ["en", en],
    ["fr", fr],
  ])("all have words in %s", (_, { arrivals }) => {
    expect(Object.keys(arrivals.errors).sort()).toEqual([...ARRIVAL_ERRORS].sort());
    expect(Object.keys(arrivals.notices).sort()).toEqual([...NOTICES, ...OWN_NOTICES].sort());
  });
});
