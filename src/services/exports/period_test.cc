#include "services/exports/period.h"

#include <gtest/gtest.h>

namespace vitrine::exports {
namespace {

Nanos At(const char* text) { return *ParseRfc3339(text); }

ExportSetting Hourly() {
  ExportSetting setting;
  setting.name = "lake";
  return setting;
}

TEST(Period, HoursAndDaysBeginInUtc) {
  EXPECT_EQ(PeriodOf(At("2026-11-21T10:59:59.999999999Z"), 3'600 * kNanosPerSecond),
            At("2026-11-21T10:00:00Z"));
  EXPECT_EQ(PeriodOf(At("2026-11-21T10:00:00Z"), 3'600 * kNanosPerSecond),
            At("2026-11-21T10:00:00Z"));
  EXPECT_EQ(PeriodOf(At("2026-11-21T23:30:00Z"), kNanosPerDay), At("2026-11-21T00:00:00Z"));
  EXPECT_EQ(PeriodOf(Nanos{-1}, kNanosPerDay), Nanos{-kNanosPerDay});
}

TEST(Period, FilesAreInPartitions) {
  ExportSetting setting = Hourly();
  EXPECT_EQ(PathOf(setting, At("2026-11-21T09:00:00Z")), "date=2026-11-21/hour=09/lake.parquet");
  setting.every_ns = kNanosPerDay;
  setting.format = query::ExportFormat::kJsonLines;
  EXPECT_EQ(PathOf(setting, At("2026-11-21T00:00:00Z")), "date=2026-11-21/lake.jsonl");
}

TEST(Period, WhatIsTooLongAgoIsSkippedAndCounted) {
  ExportSetting setting = Hourly();
  setting.catch_up_ns = 48 * 3'600 * kNanosPerSecond;
  const Nanos now = At("2026-11-21T10:30:00Z");
  uint64_t skipped = 0;
  EXPECT_EQ(CatchUp(setting, At("2026-11-19T10:00:00Z"), now, skipped), At("2026-11-19T10:00:00Z"));
  EXPECT_EQ(skipped, 0u);
  EXPECT_EQ(CatchUp(setting, At("2026-11-19T05:00:00Z"), now, skipped), At("2026-11-19T10:00:00Z"));
  EXPECT_EQ(skipped, 5u);
}

}  // namespace
}  // namespace vitrine::exports
