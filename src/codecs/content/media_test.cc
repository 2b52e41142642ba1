#include <gtest/gtest.h>

#include "codecs/content/content_reader.h"

namespace vitrine::codecs {
namespace {

/// The template of what the reader makes of a picture's data.
std::string Read(std::string_view data) {
  Arena arena;
  ContentReader reader(arena);
  reader.builder().Begin();
  reader.ReadMedia("image", {}, data);
  const model::Message message = reader.builder().Finish("user", {});
  return std::string(message.parts_template) +
         (message.attachments.empty() ? std::string()
                                      : " " + std::string(message.attachments[0].media_type) + " " +
                                            std::string(message.attachments[0].bytes));
}

TEST(Media, ADataUrlIsItsBytes) {
  EXPECT_NE(Read("data:image/png;base64,aGVsbG8=").find(" image/png hello"), std::string::npos);
  EXPECT_NE(Read("DATA:image/png;charset=x;base64,aGVsbG8").find(" image/png hello"),
            std::string::npos);
  EXPECT_NE(Read("aGVsbG8=").find(" hello"), std::string::npos);
}

TEST(Media, ADataUrlThatIsCutOffIsKeptAsItIs) {
  for (const char* text : {"data:", "data:,", "data:image/png;base64", "data:;base64",
                           "data:;base64,", "data:image/png", "data:image/png;base64,%%%"}) {
    EXPECT_NE(Read(text).find("\"type\":\"uri\""), std::string::npos) << text << ": " << Read(text);
  }
}

}  // namespace
}  // namespace vitrine::codecs
