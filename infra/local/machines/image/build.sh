#!/bin/bash
# build.sh <output folder> : builds the node image from Debian's packages: root.qcow2, vmlinuz, initrd.
# Needs root (mmdebstrap), about 2 minutes and 3 GiB for a moment. The folder appears only once it is complete.
set -euo pipefail
out=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "$out.build.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

packages=$(grep -v '^#' "$here/packages.txt" | xargs | tr ' ' ',')
say() { echo "$1 (+${SECONDS} s)" >&2; }
say 'packages from Debian, the longest part'
mmdebstrap --quiet --variant=minbase --mode=root --aptopt='Apt::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include="$packages" --customize-hook="bash '$here/customize.sh' \"\$1\"" bookworm "$work/root"

say 'initial RAM disk'
version=$(basename "$(echo "$work"/root/usr/lib/modules/*)")
mkdir -p "$work/initrd/bin" "$work/initrd/modules"
cp "$work/root/bin/busybox" "$work/initrd/bin/busybox"
install -m 755 "$here/init" "$work/initrd/init"
for module in virtio_pci virtio_blk virtio_net virtio_console virtio_rng nvme crc32c_generic ext4; do
  chroot "$work/root" modprobe --set-version "$version" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
  cp "$work/root$file" "$work/initrd/modules/"
  basename "$file" >>"$work/initrd/modules/order"
done
(cd "$work/initrd" && find . | cpio --quiet --create --format=newc) | gzip -1 >"$work/initrd.img"

say 'disk'
truncate -s 6G "$work/root.raw"
mke2fs -q -F -t ext4 -O ^metadata_csum,^64bit -m 0 -d "$work/root" "$work/root.raw"
mkdir "$work/image"
qemu-img convert -f raw -O qcow2 "$work/root.raw" "$work/image/root.qcow2"
cp "$work/root/boot/vmlinuz-$version" "$work/image/vmlinuz"
mv "$work/initrd.img" "$work/image/initrd"
mv -T "$work/image" "$out"
say 'done'
