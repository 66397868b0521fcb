//! RFC 3339 both ways, for milliseconds since the Unix epoch. Days are counted with Howard Hinnant's civil calendar.

/// One second, minute, hour and day in milliseconds.
pub const SECOND_MS: i64 = 1_000;
/// One minute.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// One hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// One day.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// `2026-01-01T00:00:00.000Z`.
#[must_use]
pub fn rfc3339(at_ms: i64) -> String {
    let (days, of_day) = (at_ms.div_euclid(DAY_MS), at_ms.rem_euclid(DAY_MS));
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        of_day / HOUR_MS,
        of_day / MINUTE_MS % 60,
        of_day / SECOND_MS % 60,
        of_day % SECOND_MS
    )
}

/// Milliseconds of an RFC 3339 text (`Z` or an offset, any number of fraction digits), or of a bare date.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let year: i64 = text.get(0..4)?.parse().ok()?;
    let month: i64 = text.get(5..7)?.parse().ok()?;
    let day: i64 = text.get(8..10)?.parse().ok()?;
    if text.get(4..5)? != "-" || text.get(7..8)? != "-" || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight_ms = days(year, month, day) * DAY_MS;
    let Some(rest) = text.get(10..).filter(|rest| !rest.is_empty()) else {
        return Some(midnight_ms);
    };
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let zone_at = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(zone_at);
    Some(midnight_ms + of_day_ms(clock)? - offset_ms(zone)?)
}

fn of_day_ms(clock: &str) -> Option<i64> {
    let mut parts = clock.splitn(3, ':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next()?.parse().ok()?;
    let seconds = parts.next().unwrap_or("0");
    let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let second: i64 = second.parse().ok()?;
    let milliseconds: i64 = format!("{fraction:0<3}").get(0..3)?.parse().ok()?;
    let in_range = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    in_range.then_some(hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + milliseconds)
}

fn offset_ms(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * HOUR_MS + minutes.parse::<i64>().ok()? * MINUTE_MS))
}

/// Year, month and day of a day since the epoch.
#[must_use]
pub const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, of_year - (153 * march_month + 2) / 5 + 1)
}

/// The day since the epoch.
#[must_use]
pub const fn days(year: i64, month: i64, day: i64) -> i64 {
    let march_year = if month <= 2 { year - 1 } else { year };
    let era = march_year.div_euclid(400);
    let year_of_era = march_year.rem_euclid(400);
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * march_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_reads() {
        for at_ms in [0, 1_767_225_600_123, 951_782_400_000, 4_102_444_799_999] {
            assert_eq!(parse(&rfc3339(at_ms)), Some(at_ms));
        }
        assert_eq!(rfc3339(1_767_225_600_007), "2026-01-01T00:00:00.007Z");
    }

    #[test]
    fn reads_offsets_fractions_and_dates() {
        assert_eq!(parse("2026-01-01T02:00:00+02:00"), Some(1_767_225_600_000));
        assert_eq!(parse("2026-01-01T00:00:00.1234567Z"), Some(1_767_225_600_123));
        assert_eq!(parse("2026-01-01"), Some(1_767_225_600_000));
        assert_eq!(parse("2026-13-01"), None);
        assert_eq!(parse("yesterday"), None);
    }
}
