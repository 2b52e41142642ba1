// Every limit of views, dashboards and settings, with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::boards {

/// A name is a line in a list: 120 letters of any script.
inline constexpr size_t kNameSizeMax = 480;
/// A paragraph below a name.
inline constexpr size_t kDescriptionSizeMax = 2'000;
/// A list that people look through; the palette shows all of it.
inline constexpr size_t kViewsMax = 500;
/// Pages have short paths.
inline constexpr size_t kPagePathSizeMax = 500;
/// Proxies refuse longer addresses.
inline constexpr size_t kPageQuerySizeMax = 8 * 1024;
/// A list of names; more are found by nobody.
inline constexpr size_t kDashboardsMax = 500;
/// Each panel is a question to the engine, and all are asked when the page opens.
inline constexpr size_t kPanelsMax = 50;
/// Fifty panels whose queries have filters of two kilobytes.
inline constexpr size_t kBodySizeMax = 256 * 1024;
/// Divides by 2, 3, 4 and 6.
inline constexpr int64_t kGridColumns = 12;
/// Fifty panels of the greatest height below each other.
inline constexpr int64_t kGridRowsMax = 1'000;
/// Twice what a screen shows.
inline constexpr int64_t kPanelHeightMax = 20;
/// Buttons that fit beside the title of a trace.
inline constexpr size_t kLinkTemplatesMax = 10;
/// An address of a trace with its query.
inline constexpr size_t kLinkUrlSizeMax = 2'000;

static_assert(kGridRowsMax >= static_cast<int64_t>(kPanelsMax) * kPanelHeightMax);

}  // namespace vitrine::boards
