#include "certificate_authority.hpp"

#include "process.hpp"

#include <stdexcept>

namespace tally::test {

namespace {

void openssl(std::vector<std::string> words)
{
  words.insert(words.begin(), "openssl");
  process program{words};
  if (program.wait() != 0)
    throw std::runtime_error{"openssl " + words[1] + ":\n" + program.errors()};
}

const std::vector<std::string> new_key{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                       "-nodes"};

std::vector<std::string> operator+(std::vector<std::string> words,
                                   const std::vector<std::string>& more)
{
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

} // namespace

certificate_authority::certificate_authority()
{
  folder_.write("index.txt", "");
  folder_.write("ca.cnf", "[ca]\ndefault_ca=own\n[own]\ndatabase=" + path("index.txt") +
                              "\nnew_certs_dir=" + folder_.path().string() +
                              "\nrand_serial=yes\ndefault_md=sha256\npolicy=names\n"
                              "copy_extensions=copy\nunique_subject=no\n"
                              "[names]\ncommonName=supplied\n");
  openssl(std::vector<std::string>{"req", "-x509"} + new_key +
          std::vector<std::string>{"-keyout", path("ca.key"), "-out", certificate(), "-days", "2",
                                   "-subj", "/CN=authority of a test"});
}

certificate_authority::issued certificate_authority::issue(const std::string& names, bool expired)
{
  const auto name = std::to_string(++issued_);
  const issued files{path(name + ".crt"), path(name + ".key")};
  openssl(std::vector<std::string>{"req"} + new_key +
          std::vector<std::string>{"-keyout", files.key, "-out", path(name + ".csr"), "-subj",
                                   "/CN=" + name, "-addext", "subjectAltName=" + names});
  const auto validity = expired ? std::vector<std::string>{"-startdate", "20200101000000Z",
                                                           "-enddate", "20200102000000Z"}
                                : std::vector<std::string>{"-days", "2"};
  openssl(std::vector<std::string>{"ca", "-batch", "-notext", "-config", path("ca.cnf"), "-cert",
                                   certificate(), "-keyfile", path("ca.key"), "-in",
                                   path(name + ".csr"), "-out", files.certificate} +
          validity);
  return files;
}

std::string certificate_authority::encrypt(const std::string& key) const
{
  const auto encrypted = key + ".encrypted";
  openssl({"pkey", "-in", key, "-out", encrypted, "-aes256", "-passout", "pass:secret"});
  return encrypted;
}

} // namespace tally::test
