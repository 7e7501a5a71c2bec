/**
 * The name of a file system that is shared over a network or passed through from another machine, by its `statfs` type;
 * `undefined` for one of this host. SQLite's WAL needs memory shared by all its processes (sqlite.org/wal.html, "all processes
 * must be on the same host"), and file locks of such systems are known to lie.
 */
export function foreignFileSystem(type: number | bigint): string | undefined {
  // The kernel's value is 32 bits wide, and arrives sign-extended where its C type is signed.
  return FOREIGN.get(Number(BigInt.asUintN(32, BigInt(type))))
}

/** From statfs(2) and linux/magic.h. */
const FOREIGN: ReadonlyMap<number, string> = new Map([
  [0x0000_6969, 'NFS'],
  [0xff53_4d42, 'CIFS'],
  [0xfe53_4d42, 'SMB2'],
  [0x0000_517b, 'SMB'],
  [0x0102_1997, '9p'],
  [0x6573_5546, 'FUSE'],
  [0x5346_414f, 'AFS'],
  [0x6b41_4653, 'AFS'],
  [0x7375_7245, 'Coda'],
  [0x00c3_6400, 'Ceph'],
  [0x0bd0_0bd0, 'Lustre'],
  [0x4750_4653, 'GPFS'],
  [0x0116_1970, 'GFS2'],
  [0x7461_636f, 'OCFS2'],
  [0x1983_0326, 'BeeGFS'],
  [0x2003_0528, 'OrangeFS'],
  [0xaad7_aaea, 'PanFS'],
  [0x0000_564c, 'NCP'],
  [0xbacb_acbc, 'VMware shared folder'],
  [0x786f_4256, 'VirtualBox shared folder'],
  [0x7c7c_6673, 'Parallels shared folder'],
])
