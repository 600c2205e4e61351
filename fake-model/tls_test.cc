// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "fake-model/server.h"

namespace copilot::fake_model {
namespace {

using ::testing::HasSubstr;

using File = std::unique_ptr<FILE, int (*)(FILE*)>;
using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

Certificate SelfSigned(EVP_PKEY* key) {
  Certificate certificate(X509_new(), X509_free);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_version(certificate.get(), X509_VERSION_3);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  const unsigned char kName[] = "fake-model";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, kName, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(
      nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    directory_ = testing::TempDir() + "tlsXXXXXX";
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Certificate certificate = SelfSigned(key.get());
    const File cert_file(std::fopen(cert().c_str(), "w"), std::fclose);
    PEM_write_X509(cert_file.get(), certificate.get());
    const File key_file(std::fopen(this->key().c_str(), "w"), std::fclose);
    PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0,
                         nullptr, nullptr);
  }
  ~TlsTest() override { std::filesystem::remove_all(directory_); }

  std::string cert() const { return directory_ + "/cert.pem"; }
  std::string key() const { return directory_ + "/key.pem"; }

  // Serves the answers and posts one request that asks for a stream.
  httplib::Result Ask(const std::string& answers) {
    auto script = Script::Parse("{\"answers\": " + answers + "}", "model.json");
    server_ = std::make_unique<Server>(std::move(*script), record_,
                                       ServerOptions{false, cert(), key()});
    const auto port = server_->Start("127.0.0.1", 0);
    EXPECT_TRUE(port) << port.error();
    httplib::SSLClient client("127.0.0.1", *port);
    client.set_ca_cert_path(cert().c_str());
    return client.Post("/v1/chat/completions", R"({"stream":true})",
                       "application/json");
  }

  std::string directory_;
  Record record_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, StreamsAnswersToAClientThatChecksTheCertificate) {
  const auto result = Ask(R"([{"text": "safe"}])");
  ASSERT_TRUE(result) << httplib::to_string(result.error());
  EXPECT_THAT(result->body, HasSubstr("\"safe\""));
}

TEST_F(TlsTest, ResetsStreams) {
  EXPECT_FALSE(Ask(R"([{"text": "cut", "reset": true}])"));
}

TEST_F(TlsTest, RefusesAKeyOfAnotherCertificate) {
  const Key other(EVP_EC_gen("P-256"), EVP_PKEY_free);
  {
    const File file(std::fopen(key().c_str(), "w"), std::fclose);
    PEM_write_PrivateKey(file.get(), other.get(), nullptr, nullptr, 0, nullptr,
                         nullptr);
  }
  Server server({}, record_, {false, cert(), key()});
  const auto port = server.Start("127.0.0.1", 0);
  ASSERT_FALSE(port);
  EXPECT_THAT(port.error(), HasSubstr(key()));
}

}  // namespace
}  // namespace copilot::fake_model
