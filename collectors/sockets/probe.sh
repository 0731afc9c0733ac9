# sockets: what waits for others, from the kernel's own tables. One line per socket, the table's name first.
# State 0A is a listening TCP socket, 07 an unconnected UDP socket. `table` lines say which tables could be read.
sockets_listeners() {
  [ -e /proc/net/tcp ] || { echo "no /proc/net/tcp" >&2; return 69; }
  echo "machine $(uname -m)"
  for table in tcp udp tcp6 udp6; do
    case $table in tcp*) state=0A ;; *) state=07 ;; esac
    if [ -r "/proc/net/$table" ]; then
      echo "table $table"
      sed -n "s/^ *[0-9][0-9]*: \([0-9A-F]*:[0-9A-F]*\) [0-9A-F]*:[0-9A-F]* $state .*/$table \1/p" "/proc/net/$table" || return 1
    elif [ -e "/proc/net/$table" ]; then
      echo "cannot read /proc/net/$table" >&2
      return 77
    else
      echo "none $table"
    fi
  done
  echo end
}
