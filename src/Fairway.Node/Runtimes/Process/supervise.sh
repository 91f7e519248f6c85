# Supervises one container: starts its program in a session of its own with its output in files, waits for it, and leaves its
# exit status in a file. It outlives the platform, so that the container does too.
#   supervise.sh DIRECTORY SETSID WORKDIR PROGRAM [ARGUMENT...]
exec >/dev/null 2>&1
# Nothing has been started until the platform, which by now has recorded this process, says so. If it is gone, neither will be.
read -r word || exit 0
[ "$word" = go ] || exit 0
directory=$1 setsid=$2 workdir=$3
shift 3
input=/dev/null
if [ -p "$directory/in" ]; then
  # Open for reading and writing here, so that neither the program's open waits nor its input ends while nobody is attached.
  # The platform's word that the last one who writes is there: after them, the input ends.
  input=$directory/in
  exec 3<>"$input"
  trap 'exec 3>&-' USR1
fi
# A handler and not "ignore": ignoring would be inherited by the container.
trap : HUP INT TERM
cd "$workdir"
unset OLDPWD
# The program's process records itself before it becomes the program.
"$setsid" /bin/sh -c '
  read -r stat </proc/$$/stat
  printf "%s\n" "$stat" >"$0/pid"
  directory=$0 input=$1
  shift
  exec "$@" <"$input" >>"$directory/out" 2>>"$directory/err"
' "$directory" "$input" "$@" </dev/null >/dev/null 2>>"$directory/err" 3>&- &
program=$!
while :; do
  wait "$program"
  status=$?
  kill -s 0 "$program" || break
done
kill -s KILL -- "-$program"
printf '%s\n' "$status" >"$directory/exit"
