#pragma once

#include "daemon/config/settings.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace daskd::core {

/// Whether Dask's connections are encrypted, with whose certificates, and how Dask is told. Pure.

/// The files of a cluster with TLS: paths, never contents.
struct tls_files {
    std::string ca_file;
    std::string cert; ///< of scheduler and workers
    std::string key;
    std::string client_cert;
    std::string client_key;
    std::string id; ///< changes when what is trusted does: then everything must start anew

    bool operator==(tls_files const&) const = default;
};

enum class tls_source {
    none,
    own,   ///< daskd's own CA
    given, ///< files that the configuration names
    dask,  ///< files that Dask's own configuration names
};

/// `auto` is on as soon as the scheduler listens beyond loopback, or if Dask is told to require encryption.
/// Files in Dask's own configuration go before ours.
[[nodiscard]] tls_source choose_tls(config::tls_setting const& setting, std::string const& scheduler_host,
                                    json const& dask);

/// Only this machine can reach it. A name counts as what it is by convention; nothing is looked up.
[[nodiscard]] bool is_loopback(std::string const& host);

/// Dask's configuration with what scheduler and workers must know.
[[nodiscard]] json with_tls(json dask, tls_files const& files);

/// The files of certificates and keys that a worker with this configuration reads.
[[nodiscard]] std::vector<std::string> worker_tls_files(json const& dask);

/// The variables with which `Client()` connects.
[[nodiscard]] std::map<std::string, std::string> client_environment(std::string const& address,
                                                                    std::optional<tls_files> const& files);

} // namespace daskd::core
