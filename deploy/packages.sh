# Debian packages, and how they are installed: sourced by deploy/quickstart and Tests/run, so that both say the same.

# What building takes beside a Swift toolchain, with the libraries the toolchain itself is linked against.
build_packages="binutils gcc git libbluetooth-dev libc6-dev libcurl4 libmosquitto-dev libncurses6 libsodium-dev libsqlite3-dev libssl-dev libstdc++-12-dev libxml2 pkg-config tzdata zlib1g-dev"
# What running takes.
run_packages="mosquitto mosquitto-clients"

# Installs what is missing of the packages given, after saying what; never starts Debian's own mosquitto.
install_packages() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "Please install as root, then run this again: apt-get install$missing" >&2; return 1; }
        as_root="sudo"
    fi
    echo "Installing from Debian:$missing"
    keep_mosquitto=""
    case " $missing " in *" mosquitto "*)
        echo "(Debian's own mosquitto service is kept from starting: nothing here uses it, a private broker is started instead.)"
        # invoke-rc.d asks this file; 101 means: do not start anything.
        if [ ! -e /usr/sbin/policy-rc.d ]; then
            printf '#!/bin/sh\nexit 101\n' | $as_root tee /usr/sbin/policy-rc.d >/dev/null
            $as_root chmod 755 /usr/sbin/policy-rc.d
            keep_mosquitto=yes
        fi ;;
    esac
    # shellcheck disable=SC2086
    if ! { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; }; then
        [ -z "$keep_mosquitto" ] || $as_root rm -f /usr/sbin/policy-rc.d
        echo "apt-get could not install:$missing" >&2
        return 1
    fi
    if [ -n "$keep_mosquitto" ]; then
        $as_root rm -f /usr/sbin/policy-rc.d
        if command -v systemctl >/dev/null; then $as_root systemctl disable mosquitto >/dev/null 2>&1 || true; fi
    fi
}

# Puts Swift on PATH: as it is, or from LOCKBRIDGE_TOOLCHAIN (a folder with usr/bin/swift or bin/swift).
find_swift() {
    if [ -n "${LOCKBRIDGE_TOOLCHAIN:-}" ]; then PATH="$LOCKBRIDGE_TOOLCHAIN/usr/bin:$LOCKBRIDGE_TOOLCHAIN/bin:$PATH"; fi
    command -v swift >/dev/null && return 0
    echo "No Swift toolchain on PATH. Get Swift 6.3 for Debian 12 from swift.org, unpack it, and name its folder:" >&2
    echo "    LOCKBRIDGE_TOOLCHAIN=/opt/swift $0" >&2
    return 1
}
