"""Lists of packages, from files and command lines: bytes of strangers -> PackageList."""
