# Lines "name<TAB>version" of the gem specifications given, as RubyGems itself loads them.
ARGV.each do |file|
  s = Gem::Specification.load(file) or abort "no specification: #{file}"
  puts "#{s.name}\t#{s.version}"
end
