// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "rtl/time_fields.hpp"

namespace rtl {
namespace {

constexpr int64_t units_per_ms = 10000;
constexpr int64_t ms_per_day = 86400000;
constexpr int64_t days_per_400_years = 146097;
constexpr int64_t days_per_100_years = 36524;
constexpr int64_t days_per_4_years = 1461;
constexpr int days_before_month[13] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

bool leap(int64_t year) noexcept {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int64_t days_before(int64_t year, int month) noexcept {
    return days_before_month[month] + (month >= 2 && leap(year) ? 1 : 0);
}

// Days from 1601-01-01 to the first day of the year.
int64_t days_to_year(int64_t year) noexcept {
    const int64_t y = year - 1601;
    return y * 365 + y / 4 - y / 100 + y / 400;
}

int64_t year_of(int64_t days) noexcept {
    int64_t rest = days;
    const int64_t centuries4 = rest / days_per_400_years;
    rest %= days_per_400_years;
    const int64_t centuries = rest / days_per_100_years < 4 ? rest / days_per_100_years : 3;
    rest -= centuries * days_per_100_years;
    const int64_t fours = rest / days_per_4_years;
    rest -= fours * days_per_4_years;
    const int64_t years = rest / 365 < 4 ? rest / 365 : 3;
    return 1601 + centuries4 * 400 + centuries * 100 + fours * 4 + years;
}

}  // namespace

void to_fields(int64_t time_100ns, TIME_FIELDS& out) noexcept {
    const int64_t ms = time_100ns / units_per_ms;
    const int64_t days = ms / ms_per_day;
    int64_t rest = ms % ms_per_day;
    const int64_t year = year_of(days);
    const int64_t day = days - days_to_year(year);
    int month = 11;
    while (days_before(year, month) > day) {
        --month;
    }
    out.Year = static_cast<CSHORT>(year);
    out.Month = static_cast<CSHORT>(month + 1);
    out.Day = static_cast<CSHORT>(day - days_before(year, month) + 1);
    out.Weekday = static_cast<CSHORT>((days + 1) % 7);  // 1601-01-01 was a Monday
    out.Milliseconds = static_cast<CSHORT>(rest % 1000);
    rest /= 1000;
    out.Second = static_cast<CSHORT>(rest % 60);
    rest /= 60;
    out.Minute = static_cast<CSHORT>(rest % 60);
    out.Hour = static_cast<CSHORT>(rest / 60);
}

bool from_fields(const TIME_FIELDS& f, int64_t& out) noexcept {
    if (f.Year < 1601 || f.Year > 30827 || f.Month < 1 || f.Month > 12 || f.Day < 1 || f.Hour < 0 ||
        f.Hour > 23 || f.Minute < 0 || f.Minute > 59 || f.Second < 0 || f.Second > 59 ||
        f.Milliseconds < 0 || f.Milliseconds > 999) {
        return false;
    }
    const int64_t day = days_before(f.Year, f.Month - 1) + f.Day - 1;
    if (day >= days_before(f.Year, f.Month)) {
        return false;
    }
    const int64_t ms = ((int64_t{f.Hour} * 60 + f.Minute) * 60 + f.Second) * 1000 + f.Milliseconds;
    out = ((days_to_year(f.Year) + day) * ms_per_day + ms) * units_per_ms;
    return true;
}

}  // namespace rtl
