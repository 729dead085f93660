"""star-target on a kernel target of plain folders, with configfs's own rules, and with gates that only write down where
they are pointed; prints every change in its order, as JSON.

    python3 configfs.py STAR-TARGET FOLDER NODE-NAME COMMAND...    (a COMMAND: clear, show, serve:active, save, ...)

Of configfs: a new folder comes with its attributes and default folders; an attribute that is not there cannot be
written; a folder with folders of its own, or that something links to, cannot be removed; a link may point to folders
only. STAR_FAIL=<part of a path> lets the first change of that path fail, as a kernel that refuses. Every device is
there, but for those that FOLDER/missing has a part of, one a line.
"""
import importlib.machinery
import importlib.util
import io
import json
import os
import shutil
import sys

PROGRAM, FOLDER, NAME = sys.argv[1:4]
KERNEL = FOLDER + '/kernel'
changes = []

# What a new folder has at once.
TPG = {'enable': '0\n', 'attrib': {'authentication': '', 'generate_node_acls': '', 'demo_mode_write_protect': ''},
       'acls': {}, 'lun': {}, 'np': {}, 'param': {'AuthMethod': ''}}
BACKSTORE = {'control': '', 'udev_path': '', 'enable': '', 'wwn': {'vpd_unit_serial': ''},
             'attrib': {'emulate_model_alias': '', 'emulate_fua_write': '', 'block_size': ''},
             'alua': {'default_tg_pt_gp': {'alua_access_state': '0\n'}}}
LUN = {'alua_tg_pt_gp': ''}
ACL = {'info': 'No active iSCSI Session for Initiator Endpoint\n', 'attrib': {}}
GROUP = {'tg_pt_gp_id': '', 'alua_access_type': '', 'alua_access_state': ''}


def contents(path):
    """core/iblock_N/NAME/alua/GROUP; iscsi/IQN/tpgt_1/{np,lun,acls}/NAME; acls/INITIATOR/lun_N."""
    parts = os.path.relpath(path, KERNEL).split('/')
    if parts[0] == 'core':
        return [{}, {}, {}, BACKSTORE, {}, GROUP][len(parts)]
    if len(parts) == 3:
        return TPG
    if len(parts) == 5:
        return {'lun': LUN, 'acls': ACL, 'np': {}}[parts[3]]
    return {}


def fill(path, entries):
    for name, value in entries.items():
        if isinstance(value, dict):
            os.mkdir(path + '/' + name)
            fill(path + '/' + name, value)
        else:
            with io.open(path + '/' + name, 'w') as file:
                file.write(value)


def change(kind, path, *more):
    short = os.path.relpath(path, KERNEL)
    if os.environ.get('STAR_FAIL') and os.environ['STAR_FAIL'] in short:
        raise OSError(22, 'refused', path)
    changes.append(' '.join([kind, short] + list(more)))


class Attribute(io.StringIO):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def close(self):
        if not self.closed:
            value = self.getvalue()
            change('write', self.path, value)
            with io.open(self.path, 'w') as file:
                file.write(value + '\n')
        super().close()


def open_attribute(path, mode='r', *more, **named):
    if not str(path).startswith(KERNEL + '/') or mode == 'r':
        return io.open(path, mode, *more, **named)
    if not os.path.isfile(path):
        raise PermissionError(13, 'no such attribute', path)
    return Attribute(path)


class Paths:
    def __getattr__(self, name):
        return getattr(os.path, name)

    def exists(self, path):
        if not path.startswith('/dev/'):
            return os.path.exists(path)
        missing = FOLDER + '/missing'
        return not os.path.exists(missing) or not any(part in path for part in io.open(missing).read().split())


class Kernel:
    """`os` as star-target sees it."""

    path = Paths()

    def __getattr__(self, name):
        return getattr(os, name)

    def mkdir(self, path):
        change('mkdir', path)
        os.mkdir(path)
        fill(path, contents(path))

    def symlink(self, target, path):
        if not os.path.isdir(target):
            raise FileNotFoundError(2, 'nothing to link to', target)
        change('link', path, os.path.relpath(target, KERNEL))
        os.symlink(target, path)

    def unlink(self, path):
        change('unlink', path)
        os.unlink(path)

    def rmdir(self, path):
        for folder, folders, _ in os.walk(KERNEL):
            for entry in folders:
                entry = folder + '/' + entry
                if os.path.islink(entry) and (os.readlink(entry) + '/').startswith(path + '/'):
                    raise OSError(16, 'something links to it', path)
        own = [path + '/' + name for name in os.listdir(path)]
        made = [line.split()[1] for line in changes if line.startswith('mkdir ')]
        gone = [line.split()[1] for line in changes if line.startswith('rmdir ')]
        alive = [name for name in made if made.count(name) > gone.count(name)]
        short = os.path.relpath(path, KERNEL)
        if any(name.startswith(short + '/') for name in alive) or any(map(os.path.islink, own)):
            raise OSError(39, 'not empty', path)
        change('rmdir', path)
        shutil.rmtree(path)

    def uname(self):
        return ('Linux', NAME)

    def fork(self):
        """As its parent sees it."""
        return 1

    def waitpid(self, pid, options):
        return (pid, 0)


class Gates:
    """star_gate, without a device-mapper. What was pointed is kept between runs."""

    NODES, PREFIX = '/dev/star', 'STAR-'

    def __init__(self):
        self.file = FOLDER + '/gates.json'
        self.pointed = json.load(io.open(self.file)) if os.path.exists(self.file) else {}

    def point(self, name, sectors, kind, device=None):
        change('gate', KERNEL + '/' + name, kind, device or '')
        self.keep(dict(self.pointed, **{name: [sectors, kind]}))

    def remove(self, name):
        change('ungate', KERNEL + '/' + name)
        self.keep({gate: at for gate, at in self.pointed.items() if gate != name})

    def gates(self):
        return {name: at[0] for name, at in self.pointed.items()}

    def keep(self, pointed):
        self.pointed = pointed
        with io.open(self.file, 'w') as file:
            json.dump(pointed, file)


class Pool:
    """star_pool, whose volumes are all there."""

    def is_current(self):
        return True

    def in_use(self):
        return io.open(FOLDER + '/in-use').read().split() if os.path.exists(FOLDER + '/in-use') else []

    def disks(self):
        return []

    def detach(self):
        change('detach', KERNEL)


def load():
    sys.dont_write_bytecode = True
    real = os.uname
    os.uname = lambda: ('Linux', NAME)
    sys.path.insert(0, os.path.dirname(PROGRAM))
    sys.modules['star_gate'], sys.modules['star_pool'] = Gates(), Pool()
    import star_config
    import star_lio
    loader = importlib.machinery.SourceFileLoader('star_target', PROGRAM)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('star_target', loader))
    loader.exec_module(module)
    os.uname = real
    star_config.STAR, module.SAVED, star_lio.CONFIGFS = FOLDER + '/star', FOLDER + '/saveconfig.json', KERNEL
    module.RUN, module.SESSIONS = FOLDER + '/run', FOLDER + '/sessions'
    for part in (module, star_config, star_lio):
        part.os, part.open = Kernel(), open_attribute
    return module


star_target = load()
os.makedirs(KERNEL + '/core', exist_ok=True)
result = {'error': None, 'printed': []}
for command in sys.argv[4:]:
    printed, sys.stdout = sys.stdout, io.StringIO()
    try:
        star_target.main(command.split(':'))
    except OSError as error:
        result['error'] = '%s: %s' % (error.strerror, os.path.relpath(error.filename, KERNEL))
        os.environ.pop('STAR_FAIL', None)
    except SystemExit as error:
        result['error'] = str(error)
    finally:
        printed, sys.stdout = sys.stdout, printed
    changes.append('-- ' + command)
    result['printed'] += [json.loads(line) for line in printed.getvalue().splitlines()]
print(json.dumps(dict(result, changes=changes)))
