// The only place that includes Boost.Beast.
#include "net/internal/body_reader.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <variant>

#include "net/limits.h"

namespace vitrine::net::internal {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

/// Beast's parser, reduced to framing: body bytes go to the sink, fields of the head nowhere.
template <bool kIsRequest>
class Framer final : public http::basic_parser<kIsRequest> {
 public:
  Framer(std::optional<uint64_t> body_bytes_max, BodyReader::Sink sink) : sink_(std::move(sink)) {
    this->eager(true);
    // The gate enforces the real limit; this one only must not be the smaller.
    this->header_limit(static_cast<uint32_t>(kReadAheadBytesMax) * 16);
    if (body_bytes_max) {
      this->body_limit(*body_bytes_max);
    } else {
      this->body_limit(boost::none);
    }
  }
  bool refused() const { return refused_; }
  const HttpHeaders& trailers() const { return trailers_; }

 private:
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                       beast::error_code&) override {}
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     beast::error_code&) override {
    if (is_behind_head_) trailers_.Add({name.data(), name.size()}, {value.data(), value.size()});
  }
  void on_header_impl(beast::error_code&) override { is_behind_head_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  void on_finish_impl(beast::error_code&) override {}

  std::size_t on_body_impl(beast::string_view body, beast::error_code& error) override {
    if (!sink_({body.data(), body.size()})) {
      refused_ = true;
      error = http::error::body_limit;
      return 0;
    }
    return body.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body,
                                 beast::error_code& error) override {
    return on_body_impl(body, error);
  }

  BodyReader::Sink sink_;
  HttpHeaders trailers_;
  bool is_behind_head_ = false;
  bool refused_ = false;
};

template <typename Parser>
BodyReader::Fed FeedParser(Parser& parser, std::string_view bytes) {
  beast::error_code error;
  BodyReader::Fed fed;
  fed.consumed = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error && error != http::error::need_more) {
    if (parser.refused()) {
      fed.state = BodyState::kRefused;
    } else if (error == http::error::body_limit) {
      fed.state = BodyState::kTooLarge;
    } else {
      fed.state = BodyState::kMalformed;
    }
  } else if (parser.is_done()) {
    fed.state = BodyState::kDone;
  } else if (parser.chunked() && bytes.size() - fed.consumed > kChunkHeadBytesMax) {
    fed.state = BodyState::kMalformed;  // A chunk's size line or a trailer without end.
  }
  return fed;
}

std::optional<uint64_t> ToStd(const boost::optional<std::uint64_t>& value) {
  return value ? std::optional<uint64_t>(*value) : std::nullopt;
}

}  // namespace

struct BodyReader::Impl {
  std::variant<Framer<true>, Framer<false>> parser;

  template <typename Parser>
  Impl(std::in_place_type_t<Parser> type, std::optional<uint64_t> body_bytes_max, Sink sink)
      : parser(type, body_bytes_max, std::move(sink)) {}
};

BodyReader::BodyReader(Kind kind, std::optional<uint64_t> body_bytes_max, Sink sink) {
  if (kind == Kind::kRequest) {
    impl_ =
        std::make_unique<Impl>(std::in_place_type<Framer<true>>, body_bytes_max, std::move(sink));
    return;
  }
  impl_ =
      std::make_unique<Impl>(std::in_place_type<Framer<false>>, body_bytes_max, std::move(sink));
  if (kind == Kind::kResponseWithoutBody) std::get<1>(impl_->parser).skip(true);
}

BodyReader::~BodyReader() = default;
BodyReader::BodyReader(BodyReader&&) noexcept = default;
BodyReader& BodyReader::operator=(BodyReader&&) noexcept = default;

BodyReader::Fed BodyReader::Feed(std::string_view bytes) {
  return std::visit([bytes](auto& parser) { return FeedParser(parser, bytes); }, impl_->parser);
}

BodyState BodyReader::FeedEnd() {
  return std::visit(
      [](auto& parser) {
        if (!parser.got_some()) return BodyState::kMalformed;
        if (parser.is_done()) return BodyState::kDone;
        beast::error_code error;
        parser.put_eof(error);
        return error ? BodyState::kMalformed : BodyState::kDone;
      },
      impl_->parser);
}

const HttpHeaders& BodyReader::trailers() const {
  return std::visit([](const auto& parser) -> const HttpHeaders& { return parser.trailers(); },
                    impl_->parser);
}

bool BodyReader::chunked() const {
  return std::visit([](const auto& parser) { return parser.chunked(); }, impl_->parser);
}

std::optional<uint64_t> BodyReader::content_length() const {
  return std::visit(
      [](const auto& parser) {
        return parser.is_header_done() ? ToStd(parser.content_length()) : std::nullopt;
      },
      impl_->parser);
}

bool BodyReader::keep_alive() const {
  return std::visit(
      [](const auto& parser) { return parser.is_header_done() && parser.keep_alive(); },
      impl_->parser);
}

}  // namespace vitrine::net::internal
