#include "daemon/config/show.hpp"

#include "daemon/config/schema.hpp"
#include "daemon/config/yaml_writer.hpp"

namespace daskd::config {

std::string show(cluster_settings const& settings) {
    ordered_json all{{"daskd", write_keys(cluster_keys(), settings)}};
    for (auto const& [key, value] : settings.dask.items())
        all[key] = value;
    return write_yaml(all);
}

} // namespace daskd::config
