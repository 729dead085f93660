os_packages perfweb
write_file /etc/star/perfweb 644 <<SETTINGS
STAR_SADC=$os_sa_programs/sadc
STAR_SA_FOLDER=$os_sa_folder
STAR_HTTPD=$os_httpd
STAR_HTTPD_MODULES=$os_httpd_modules
STAR_HTTPD_USER=$os_httpd_user
STAR_HTTPD_LOG=syslog:daemon
STAR_LISTEN=80
STAR_RUN=/run/star-perfweb
STAR_PERFWEB=/var/lib/star/perfweb
STAR_PERFWEB_DIGEST=/etc/star/perfweb.digest
SETTINGS

# Empty, nobody can log in: the password is made when somebody asks for it (star-perfweb password), never here.
if [[ ! -e /etc/star/perfweb.digest ]]; then
  install -m 640 /dev/null /etc/star/perfweb.digest.new
  chown "root:$os_httpd_user" /etc/star/perfweb.digest.new
  mv -T /etc/star/perfweb.digest.new /etc/star/perfweb.digest
  change 'perfweb without a password'
fi

node_file star-perfweb /usr/sbin/star-perfweb 755
node_file star-perfweb-sample /usr/sbin/star-perfweb-sample 755
node_file star-perfweb-render /usr/sbin/star-perfweb-render 755
node_file star-perfweb.conf /etc/star/perfweb.conf 644
node_file star-perfweb.service /usr/lib/systemd/system/star-perfweb.service 644
node_file star-perfweb-sample.service /usr/lib/systemd/system/star-perfweb-sample.service 644
node_file star-perfweb-render.service /usr/lib/systemd/system/star-perfweb-render.service 644
node_file star-perfweb-render.timer /usr/lib/systemd/system/star-perfweb-render.timer 644

install -d /var/lib/star/perfweb

# sysstat's own collection, each 30 seconds instead of each 10 minutes. Its summary of a day stays off: nobody reads it here.
write_file /etc/systemd/system/sysstat-collect.timer.d/star.conf 644 <<'TIMER'
[Timer]
OnCalendar=
OnCalendar=*:*:00
AccuracySec=1s
TIMER
write_file /etc/systemd/system/sysstat-collect.service.d/star.conf 644 <<SERVICE
[Service]
ExecStart=
ExecStart=$os_sa_programs/sa1 30 2
SERVICE

# What runs already would go on with its old files. The mark is written last, so that a run that was cut off starts them again.
units=(sysstat-collect.timer star-perfweb-sample.service star-perfweb-render.timer star-perfweb.service)
files=(/etc/star/perfweb /etc/star/perfweb.conf /usr/sbin/star-perfweb* /usr/lib/systemd/system/star-perfweb*
  /etc/systemd/system/sysstat-collect.*.d/star.conf)
print=$(sha256sum "${files[@]}" | sha256sum)
if [[ ! -e /etc/star/perfweb.print || $(</etc/star/perfweb.print) != "$print" ]]; then
  systemctl daemon-reload
  systemctl stop "${units[@]}"
fi
# shellcheck disable=SC2046  # a list of words
os_firewall $(host_ports)
enable_unit sysstat.service "${units[@]}"
start_unit sysstat.service "${units[@]}"
write_file /etc/star/perfweb.print 644 <<<"$print"
report
