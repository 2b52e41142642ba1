// Master key: what seals the secrets that the server keeps: of the setting master_key, else of the
// file master.key in the data folder, which is made when it is first needed.
// Threads: free functions.
#pragma once

#include <string>

#include "access/secret_box.h"
#include "app/config.h"
#include "app/data_folder.h"

namespace vitrine::app {

struct MasterKey {
  access::SecretBox box;
  std::string source;  ///< For people: "environment VITRINE_MASTER_KEY", "/data/master.key".
};

/// Errors: kInvalidInput (the setting, and what it may be), kIo, kCorrupt (the file).
Result<MasterKey> OpenMasterKey(const Config& config, const DataFolder& folder);

}  // namespace vitrine::app
