"""What dnf itself would install: reads what is asked for on stdin, writes one answer for each set of names.

{"repositories", "arch", "sets", "root", "best"}; in the folder `root` there is a database of rpm as `.rpmdb`, null is an empty
system. An answer is {"install", "remove", "problem"} with packages as `name-[epoch:]version-release.arch`, sorted.
"""

import json
import os
import sys
import tempfile

# Debian's rpm keeps its database in the home folder, below the root that is installed to.
os.environ["HOME"] = "/"

import dnf


def nevra(package):
    epoch = "" if package.epoch == 0 else "%d:" % package.epoch
    return "%s-%s%s-%s.%s" % (package.name, epoch, package.version, package.release, package.arch)


def main():
    asked = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        base = dnf.Base()
        base.conf.installroot = asked.get("root") or folder
        base.conf.cachedir = folder + "/cache"
        base.conf.persistdir = folder + "/persist"
        base.conf.substitutions["basearch"] = asked["arch"]
        base.conf.substitutions["arch"] = asked["arch"]
        base.conf.substitutions["releasever"] = "1"
        base.conf.install_weak_deps = False
        base.conf.gpgcheck = False
        base.conf.best = bool(asked.get("best"))
        base.conf.plugins = False
        for index, address in enumerate(asked["repositories"]):
            base.repos.add_new_repo("test%d" % index, base.conf, baseurl=[address])
        base.fill_sack(load_system_repo=bool(asked.get("root")))
        answers = []
        for names in asked["sets"]:
            base.reset(goal=True)
            answer = {"install": [], "remove": [], "problem": None}
            try:
                for name in names:
                    base.install(name)
                base.resolve()
                answer["install"] = sorted(nevra(p) for p in base.transaction.install_set)
                answer["remove"] = sorted(nevra(p) for p in base.transaction.remove_set)
            except dnf.exceptions.Error as error:
                answer["problem"] = str(error)
            answers.append(answer)
        json.dump(answers, sys.stdout)


main()
