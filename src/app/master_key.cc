#include "app/master_key.h"

#include <filesystem>

#include "app/secret_text.h"
#include "app/whole_file.h"
#include "platform/random.h"

namespace vitrine::app {

namespace {

constexpr unsigned kFileMode = 0600;

Result<MasterKey> FromFile(const std::string& path) {
  if (!std::filesystem::exists(path))
    TRY(WriteWhole(path, access::NewMasterKey(platform::SystemRandom()) + "\n", kFileMode));
  TRY_ASSIGN(const std::string text, ReadWhole(path));
  auto box = access::SecretBox::Open(text);
  if (box) return MasterKey{std::move(*box), path};
  return Fail(ErrorCode::kCorrupt, path + ": " + box.error().message +
                                       ", or restore this one from a backup of the folder");
}

}  // namespace

Result<MasterKey> OpenMasterKey(const Config& config, const DataFolder& folder) {
  const ConfigValue& setting = config.Get("master_key");
  if (setting.value.empty()) return FromFile(folder.root + "/master.key");
  auto text = ReadSecret(setting.value);
  if (!text) return Fail(text.error().code, "master_key: " + text.error().message);
  auto box = access::SecretBox::Open(*text);
  if (!box)
    return Fail(box.error().code, "master_key (" + setting.origin + "): " + box.error().message);
  return MasterKey{std::move(*box), setting.origin};
}

}  // namespace vitrine::app
