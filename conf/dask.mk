# A Dask cluster for Makefiles: the targets and variables of make-dask, done by daskd.
#
#     include dask.mk            in a Makefile, or for all of them: export MAKEFILES=/path/to/dask.mk
#     results.csv: | dask        a recipe that needs the cluster; Client("localhost:8786") finds it
#
# Workers elsewhere (01@HOST) need nothing but SSH to their host: all that they say to the scheduler and to each other goes
# through one connection a host. With a dask-scheduler-host that they reach, they are connected directly, and with TLS; then
# let recipes say   eval "$$(daskctl --cluster make env)"   and use Client()
#
# Targets    dask, dask-scheduler, dask-workers, dask-worker-NAME       start what is missing, and wait until it is there
#            dask-kill, dask-kill-scheduler, dask-kill-workers, dask-kill-worker-NAME
#            dask-status, dask-check (the logs' ends), dask-track (follows them), dask-suggest-load (the CPU count)
#            dask-reset (kill, and forget all state), dask-clean (and remove the logs)
# Variables  as below, in ~/.dask/local.mk or ./.dask/local.mk, which is read after it, or on make's command line:
#                dask-workers = 01@ 02@ $(call dask-n,4,node1)
#            Of dask-ssh-command the options -p, -l and -i count; all others belong into ~/.ssh/config.
#            dask-logs and dask-tail-args choose what dask-check shows: dask-logs="scheduler worker-01@" dask-tail-args="-n 50"

# $(call dask-n,COUNT,HOST): 01@HOST 02@HOST ...
dask-n = $(addsuffix @$(strip $(2)),$(shell seq --format='%02.f' 1 $(1)))

-include $(HOME)/.dask/local.mk .dask/local.mk

ifeq ($(strip $(dask-workers)),)
dask-workers = default@
dask-threads-per-worker ?= 4
endif

dask-threads-per-worker ?= 1
# The port of worker n is dask-worker-port-base + n.
dask-worker-port-base ?= 18700
dask-scheduler-host ?= localhost
dask-scheduler-port ?= 8786
dask-ssh-command ?= ssh
# The cluster of daskd that these Makefiles share, and the program that drives it.
dask-cluster ?= make
daskctl ?= daskctl

dask-run = $(daskctl) --cluster $(dask-cluster)
dask-config = $(HOME)/.dask/daskd-$(dask-cluster).yaml
dask-is-down = { $(dask-run) status >/dev/null 2>&1; test $$? -eq 3; }
dask-names = $(strip $(dask-workers))
dask-tunnel = $(if $(filter localhost 127.0.0.1,$(dask-scheduler-host)),true,false)

# One pool a worker, named after it, so that `daskctl up` can start any of them alone; one without workers for the scheduler.
define dask-describe
printf '%s\n' $(dask-names) | awk -F@ -v base=$(dask-worker-port-base) -v threads=$(dask-threads-per-worker) \
    -v host=$(dask-scheduler-host:localhost=127.0.0.1) -v port=$(dask-scheduler-port) -v tunnel=$(dask-tunnel) \
    -v ssh='$(dask-ssh-command)' ' \
    BEGIN { count = split(ssh, word, " "); \
            for (n = 2; n <= count; n++) { \
                if (word[n] == "-p") sshport = ":" word[++n]; \
                else if (word[n] == "-l") user = word[++n] "@"; \
                else if (word[n] == "-i") keys = keys "\"" word[++n] "\", "; \
                else { print "dask-ssh-command: daskd connects by itself, and knows no " word[n] ": write that into ~/.ssh/config" > "/dev/stderr"; \
                       exit 2 } } \
            printf "daskd:\n  scheduler: {host: \"%s\", port: %s}\n  pools:\n    scheduler: {workers: 0}\n", host, port } \
    { printf "    \"%s\": {threads: %d, args: [--worker-port, \"%d\"], standby: 0, ", $$0, threads, base + NR; \
      if ($$2 == "") printf "names: [\"%s\"]}\n", $$0; \
      else printf "launcher: ssh, tunnel: %s, hosts: [{host: \"%s%s%s\", identity: [%s], names: [\"%s\"]}]}\n", \
                  tunnel, user, $$2, sshport, keys, $$0 }'
endef

.PHONY: dask dask-workers dask-scheduler
dask dask-workers: .dask-configured
	@$(dask-run) up --config $(dask-config)

dask-scheduler: .dask-configured
	@$(dask-run) up --config $(dask-config) scheduler

.PHONY: $(addprefix dask-worker-,$(dask-names))
$(addprefix dask-worker-,$(dask-names)): dask-worker-%: .dask-configured
	@$(dask-run) up --config $(dask-config) '$*'

# What the variables say by now reaches a cluster that runs, too.
.PHONY: .dask-configured
.dask-configured:
	@mkdir -p $(dir $(dask-config))
	@$(dask-describe) >$(dask-config).$$$$ || { rm -f $(dask-config).$$$$; exit 1; }; if cmp -s $(dask-config).$$$$ $(dask-config); then rm $(dask-config).$$$$; \
	else mv $(dask-config).$$$$ $(dask-config) && { $(dask-is-down) || $(dask-run) reload; }; fi

.PHONY: dask-kill dask-kill-scheduler dask-kill-workers $(addprefix dask-kill-worker-,$(dask-names))
dask-kill:
	@$(dask-run) down

dask-kill-scheduler:
	@$(dask-is-down) || $(dask-run) stop-scheduler

dask-kill-workers:
	@$(dask-is-down) || $(dask-run) stop-worker --force '*'

$(addprefix dask-kill-worker-,$(dask-names)): dask-kill-worker-%:
	@$(dask-is-down) || $(dask-run) stop-worker --force '$*'

.PHONY: dask-suggest-load dask-status dask-check dask-track
dask-suggest-load:
	@nproc --all

# A cluster that is down, or not all there, is an answer as well.
dask-status:
	@$(dask-run) status; case $$? in 0|3|7) ;; *) exit 1 ;; esac

dask-check:
	@$(dask-run) logs $(dask-tail-args) $(patsubst worker-%,%,$(dask-logs))

dask-track:
	@$(dask-run) logs -f $(dask-tail-args) $(patsubst worker-%,%,$(dask-logs))

.PHONY: dask-reset dask-clean
dask-reset: dask-kill
	@$(dask-run) reset

dask-clean: dask-kill
	@$(dask-run) clean
