cat >"$1"
rpm --eval "%{lua:
for line in io.lines('$1') do
  local a, b = line:match('^(.-)\t(.*)$')
  print(rpm.vercmp(a, b) .. '\n')
end}" | grep .
