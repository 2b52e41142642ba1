"""The server's configuration file for upstreams on loopback."""


def write(path, upstreams, more=""):
    """`upstreams`: name -> (url, kind or empty); `more` is said of each. Returns the flag that names the file."""
    lines = []
    for name, (url, kind) in upstreams.items():
        lines += [f"[gateway.upstreams.{name}]", f'url = "{url}"'] + ([f'kind = "{kind}"'] if kind else []) + [more]
    path.write_text("\n".join(lines) + "\n")
    return f"--config={path}"
