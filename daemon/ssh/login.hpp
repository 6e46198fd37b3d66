#pragma once

#include "daemon/ssh/engine.hpp"
#include "daemon/ssh/host_settings.hpp"

namespace daskd::ssh {

/// Exchanges keys and checks the host's: only a key that known_hosts has for it will do. `is_direct`: no host
/// is in between, so that ssh-keyscan reaches it too.
[[nodiscard]] boost::asio::awaitable<result<void>> shake_hands(std::shared_ptr<engine> connection,
                                                               host_settings host, bool is_direct);

/// Proves who we are: with the keys of ssh-agent, then with key files that have no passphrase. Never asks,
/// and never sends a password.
[[nodiscard]] boost::asio::awaitable<result<void>> authenticate(std::shared_ptr<engine> connection,
                                                                host_settings host);

} // namespace daskd::ssh
