/**
 * A spec whose packages have what is awkward: epochs (0 too), many files, folders of their own, scripts, ghosts,
 * configuration, translations, names that are not ASCII, rich relations, versions with `~` and `^`.
 */
export const awkwardSpec = `
%global _build_id_links none
Name: awkward
Epoch: 7
Version: 1.0~rc1^git2
Release: 3.el9
Summary: Awkward
Summary(de): Ungewöhnlich
License: MIT
Provides: virtual(thing) = 2:1.0, plain
Requires: /bin/sh, other >= 1:2-3, other < 3, (rich-a if rich-b else rich-c), (x >= 1 with x < 2)
Requires(pre): shadow-utils
Requires(post): /sbin/ldconfig
Conflicts: enemy <= 4, foe
Obsoletes: old-name < 7:1.0, older-name
Recommends: nice
Suggests: nicer

%description
Awkward.

%package -n empty
Summary: No files
BuildArch: noarch
Requires: %{name}%{?_isa} = %{epoch}:%{version}-%{release}
%description -n empty
None.

%package -n zero
Summary: Epoch 0
Epoch: 0
%description -n zero
Zero.

%package -n many
Summary: Many files
%description -n many
Many.

%install
mkdir -p %{buildroot}/etc/awkward %{buildroot}/usr/share/locale/de %{buildroot}/usr/share/many
echo a > %{buildroot}/etc/awkward/a.conf
echo b > %{buildroot}/usr/share/locale/de/b.mo
echo c > "%{buildroot}/etc/awkward/naïve name"
ln -s a.conf %{buildroot}/etc/awkward/link
for i in $(seq 1 5000); do : > %{buildroot}/usr/share/many/f$i; done

%pre
exit 0
%post -p /sbin/ldconfig
%triggerin -- other
exit 0

%files
%dir /etc/awkward
%config(noreplace) /etc/awkward/a.conf
/etc/awkward/link
"/etc/awkward/naïve name"
%ghost /var/log/awkward.log
%lang(de) /usr/share/locale/de/b.mo

%files -n empty
%files -n zero
%files -n many
/usr/share/many
`;
