# rustc for musl: `sh rustc-musl.sh ARGUMENTS` in a recipe's environment. Where rustc has no std for
# musl (`rustup target add`), Debian's rustc-web and rust-web-src are unpacked in $SCRATCH, once, and
# std is built from them; they are not installed, as they conflict with rustup.
set -e
target=x86_64-unknown-linux-musl
made=$SCRATCH/rust-musl
libraries=usr/lib/$(gcc -print-multiarch)

# What programs link besides std. musl-gcc does not look where gcc's shared unwinder is. The static
# one is compiled for glibc and wants one function more; this one finds nothing, so that a panic ends
# the program: nothing here panics.
make_unwinders() {
  mkdir shared static
  ln -s "$(readlink -f "$(gcc -print-file-name=libgcc_s.so.1)")" shared/libgcc_s.so.1
  cp "$(gcc -print-file-name=libgcc_eh.a)" static/libgcc_s.a
  echo 'int _dl_find_object(void *pc, void *found) { return -1; }' |
    musl-gcc -fPIC -x c -c -o find-object.o -
  ar r static/libgcc_s.a find-object.o
}

unpack_compiler() {
  mkdir packages
  (cd packages && apt-get -q download $(
    apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
      --no-replaces --no-enhances rustc-web rust-web-src |
      grep -E '^(rustc-web|rust-web-src|libstd-rust|libllvm)'
  ))
  for package in packages/*.deb; do dpkg --extract "$package" .; done
}

# The layout is that of rustup's target: std, and what a static program links from musl and gcc.
make_std() {
  RUSTC=$PWD/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Z force-unstable-if-unmarked' \
    LD_LIBRARY_PATH=$PWD/$libraries cargo build --release --locked --features backtrace \
    --manifest-path usr/lib/rustlib/src/rust/library/sysroot/Cargo.toml \
    --target $target --target-dir built
  own=sysroot/lib/rustlib/$target/lib/self-contained
  mkdir -p $own
  cp built/$target/release/deps/*.rlib $own/..
  # -print-file-name of musl-gcc answers with glibc's files.
  musl=$(dirname "$(: | musl-gcc -### -x c - 2>&1 | grep -o '[^ "]*/S\{0,1\}crt1\.o')")
  for name in rcrt1.o crt1.o Scrt1.o crti.o crtn.o libc.a; do cp "$musl/$name" $own; done
  for name in crtbegin.o crtbeginS.o crtend.o crtendS.o; do
    cp "$(gcc -print-file-name=$name)" $own
  done
  cp static/libgcc_s.a $own/libunwind.a
}

if [ ! -d "$made" ]; then
  rm -rf "$made.part"
  mkdir "$made.part"
  (
    set -e
    cd "$made.part"
    make_unwinders
    [ -d "$(rustc --print target-libdir --target $target)" ] && exit
    unpack_compiler
    make_std
    rm -rf packages built usr/src
  )
  mv "$made.part" "$made"
fi

rustc=rustc
if [ -d "$made/sysroot" ]; then
  rustc=$made/usr/bin/rustc
  export LD_LIBRARY_PATH="$made/$libraries"
  set -- --sysroot "$made/sysroot" "$@"
fi
exec "$rustc" --target $target -L native="$made/shared" "$@"
