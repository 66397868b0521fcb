import { describe, expect, it } from "vitest";
import { placeOf } from "./place";

const ipAddress = "203.0.113.9";

describe("a place", () => {
  it("is a city and a country in the reader's language", () => {
    expect(placeOf({ city: "Berlin", country: "DE", ipAddress }, "en")).toBe("Berlin, Germany");
    expect(placeOf({ city: "Berlin", country: "DE", ipAddress }, "fr")).toBe("Berlin, Allemagne");
    expect(placeOf({ city: null, country: "CH", ipAddress }, "fr")).toBe("Suisse");
  });

  it("is the address where the edge knew none", () => {
    expect(placeOf({ city: null, country: null, ipAddress }, "en")).toBe(ipAddress);
    expect(placeOf({ city: null, country: "XX", ipAddress }, "en")).toBe(ipAddress);
    expect(placeOf({ city: null, country: null, ipAddress: "2001:0db8:0001:0002:0000:0000:0000:0000" }, "en")).toBe("2001:db8:1:2::");
    expect(placeOf({ city: null, country: null, ipAddress: "not:an:address" }, "en")).toBe("not:an:address");
    expect(placeOf({ city: null, country: null, ipAddress: "" }, "en")).toBeNull();
  });

  it("may be no country at all", () => {
    expect(placeOf({ city: null, country: "T1", ipAddress }, "fr")).toBe("Tor");
    expect(placeOf({ city: null, country: "??", ipAddress }, "fr")).toBe("??");
  });
});
