"""All faults, by name."""

from __future__ import annotations

import faults_clients
import faults_processes
import faults_verbs
from catalogue import Fault

FAULTS: dict[str, Fault] = {name: found for module in (faults_processes, faults_verbs, faults_clients)
                            for name, found in vars(module).items() if isinstance(found, Fault)}
