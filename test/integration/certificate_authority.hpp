#pragma once

#include "temporary_folder.hpp"

#include <string>
#include <vector>

namespace tally::test {

/// An authority with a certificate of its own, made by openssl. All files are PEM, in a folder that
/// the destructor removes.
class certificate_authority {
public:
  certificate_authority();

  /// The paths of its certificate and of its key.
  std::string certificate() const { return path("ca.crt"); }
  std::string key() const { return path("ca.key"); }

  /// The paths of a certificate and of its key.
  struct issued {
    std::string certificate;
    std::string key;
  };

  /// Issues a certificate for names in the form of `DNS:localhost,IP:127.0.0.1`; an expired one was
  /// valid for a day of 2020.
  issued issue(const std::string& names, bool expired = false);

  /// Encrypts a key with a passphrase, and returns the path of the new file.
  std::string encrypt(const std::string& key) const;

private:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  temporary_folder folder_;
  int issued_ = 0;
};

} // namespace tally::test
