// RequestReader: what a request to a model asks for.
// Owner: texts borrow from the request's body, the arena and the ContentReader.
#pragma once

#include <string_view>
#include <vector>

#include "codecs/content/content_reader.h"
#include "codecs/content/param_writer.h"
#include "codecs/providers/exchange.h"
#include "codecs/providers/model_call.h"
#include "codecs/providers/route.h"
#include "model/message.h"

namespace vitrine::codecs::providers {

struct RequestFacts {
  std::string_view model;  ///< Of the body, else of the path.
  std::string_view previous_response_id;
  std::vector<MetadataEntry> metadata;
  std::string_view user;
  std::string_view sound_format;  ///< In which a spoken answer is asked for: "wav", "pcm16".
  bool asks_for_stream = false;
  model::Count spoken_characters;  ///< Of the text that is to be spoken.
  bool is_plain_picture = true;    ///< No size or quality is asked for that has its own price.
  RequestParams params;
  std::vector<model::Message> messages;  ///< System prompt first; is_new is set.
  std::vector<model::Message> tools;
};

RequestFacts ReadRequest(const ProviderRequest& request, const Route& route, ContentReader& reader);

}  // namespace vitrine::codecs::providers
