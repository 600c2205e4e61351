// SPDX-License-Identifier: MIT
//
// A provider's endpoint for tests: a server with TLS on this machine, under a
// public name and address that only the test's network knows.
#pragma once

#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/byok/network.h"

namespace copilot::harness {

// A key, and a certificate for it that says "*.example.com".
struct TestCertificate {
  TestCertificate() {
    key = EVP_RSA_gen(2048);
    certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
    X509_set_version(certificate, 2);
    X509_set_pubkey(certificate, key);
    X509_NAME* const name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(
        name, "CN", MBSTRING_ASC,
        reinterpret_cast<const unsigned char*>("test endpoint"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    Extend(NID_basic_constraints, "CA:TRUE");
    Extend(NID_subject_alt_name, "DNS:*.example.com");
    X509_sign(certificate, key, EVP_sha256());
    path = testing::TempDir() + "test-endpoint-" +
           std::to_string(reinterpret_cast<uintptr_t>(this)) + ".pem";
    FILE* const file = fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate);
    fclose(file);
  }
  ~TestCertificate() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  void Extend(int nid, const char* value) const {
    X509_EXTENSION* const extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  EVP_PKEY* key;
  X509* certificate;
  std::string path;  // of the certificate
};

// Names have the addresses they are given, one list for each time that they
// are asked for; all public ones are this machine.
class TestNetwork : public Network {
 public:
  static constexpr char kPublic[] = "93.184.215.14";

  std::vector<std::string> Resolve(const std::string& host) override {
    const std::lock_guard lock(mutex_);
    ++resolved;
    auto& lists = names[host];
    if (lists.empty()) return {};
    auto first = lists.front();
    if (lists.size() > 1) lists.pop_front();
    return first;
  }
  std::string Dial(const std::string& address) override {
    const std::lock_guard lock(mutex_);
    dialled.push_back(address);
    return "127.0.0.1";
  }
  std::string Authorities() override { return authorities; }

  std::map<std::string, std::deque<std::vector<std::string>>> names = {
      {"api.example.com", {{kPublic}}}, {"other.example.com", {{kPublic}}}};
  std::vector<std::string> dialled;
  int resolved = 0;
  std::string authorities;

 private:
  std::mutex mutex_;
};

class TestEndpoint {
 public:
  TestEndpoint() : server_(certificate_.certificate, certificate_.key) {
    network->authorities = certificate_.path;
  }
  ~TestEndpoint() { Stop(); }

  // Before Start.
  httplib::Server& server() { return server_; }

  void Start() {
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  void Stop() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  std::string Url(const std::string& path,
                  const std::string& host = "api.example.com") const {
    return "https://" + host + ":" + std::to_string(port_) + path;
  }

  const std::shared_ptr<TestNetwork> network = std::make_shared<TestNetwork>();

 private:
  TestCertificate certificate_;
  httplib::SSLServer server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace copilot::harness
