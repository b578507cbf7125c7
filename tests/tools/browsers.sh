# Where the three browsers and their drivers are. Sourced after environment.sh.
# shellcheck shell=bash

first_of() {
  local candidate
  for candidate in "$@"; do
    if command -v "$candidate"; then return; fi
  done
  return 1
}

chromium_binary() { first_of chromium chromium-browser google-chrome; }
firefox_binary() { first_of firefox-esr firefox; }
# MiniBrowser is no command: it lies in the library folder of the multiarch triplet.
minibrowser_binary() { first_of /usr/lib/*/webkit2gtk-4.1/MiniBrowser /usr/lib/*/webkit2gtk-4.0/MiniBrowser /usr/libexec/webkit2gtk-4.*/MiniBrowser; }

chromium_present() { chromium_binary >/dev/null && has chromedriver; }
firefox_present() { firefox_binary >/dev/null; }
# xvfb-run fails without xauth, which is only recommended by its package.
screen_present() { has xvfb-run && has xauth; }
webkit_present() { has WebKitWebDriver && minibrowser_binary >/dev/null; }
