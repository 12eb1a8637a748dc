# Seccomp profiles on every Linux client of Nomad, once an hour: `nomad job run ci/rollout/nomad.hcl`. A client on
# which the profiles cannot be installed shows as a failed allocation. ci/rollout/README.md tells more.
job "seccomp-profiles" {
  type = "sysbatch"

  periodic {
    crons            = ["@hourly"]
    prohibit_overlap = true
  }

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  group "install" {
    task "install" {
      # It writes to /etc/seccomp of the client; the plugin has to be enabled there.
      driver = "raw_exec"

      # The profiles, and ci/rollout/install-profiles beside them.
      artifact {
        source      = "git::https://git.example.com/seccomp-profiles.git"
        destination = "local/repository"
      }

      config {
        command = "local/repository/install-profiles"
        args    = ["local/repository/profiles", "/etc/seccomp"]
      }

      env {
        TARGET = "libseccomp=2.5.4"
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
