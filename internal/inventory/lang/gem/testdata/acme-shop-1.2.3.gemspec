# -*- encoding: utf-8 -*-
# stub: acme-shop 1.2.3 ruby lib

Gem::Specification.new do |s|
  s.name = "acme-shop".freeze
  s.version = "1.2.3"

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.require_paths = ["lib".freeze]
  s.authors = ["Ann".freeze]
  s.date = "2026-11-24"
  s.homepage = "https://shop.example".freeze
  s.licenses = ["MIT".freeze, "Apache-2.0".freeze]
  s.rubygems_version = "3.3.15".freeze
  s.summary = "A shop".freeze

  s.installed_by_version = "3.3.15" if s.respond_to? :installed_by_version
end
