# frozen_string_literal: true

# The minimal routes in Ruby: Rack on Puma, as their documentation teaches them.
# A wait in /delay holds one of Puma's threads, as it does in a Ruby service; /echo is gathered, as Rack hands bodies over.

require "json"
require "rack"

module Pilot
  MULTIPLIER_MAX = 1_000
  DELAY_MS_MAX = 10_000
  COMPUTE_N_MAX = 1_000_000

  ITEMS = JSON.parse(File.read(File.join(__dir__, "items.json"), encoding: "UTF-8")).freeze

  # What a client is told when its request cannot be answered.
  class Complaint < StandardError; end

  # An optional sign and digits within 64 bits; Integer() alone takes blanks, underscores and prefixes.
  def self.parse_integer(text)
    return nil unless text.match?(/\A[+-]?[0-9]+\z/)

    value = text.to_i
    value if value.between?(-2**63, 2**63 - 1)
  end

  def self.integer_in(name, text, min, max)
    value = parse_integer(text)
    raise Complaint, "#{name} must be an integer from #{min} to #{max}" unless value&.between?(min, max)

    value
  end

  def self.items(text, params)
    count = parse_integer(text)
    raise Complaint, "count must be an integer" unless count

    m = params.key?("m") ? integer_in("m", params["m"].to_s, 1, MULTIPLIER_MAX) : 1
    chosen = ITEMS.first(count.clamp(0, ITEMS.size))
    chosen = chosen.map { |item| item.merge("total" => item["price"] * item["quantity"] * m) }
    { items: chosen, count: chosen.size }
  end

  # The CPU-bound kernel: a sieve of Eratosthenes.
  def self.primes_below(n)
    composite = Array.new(n, false)
    i = 2
    while i * i < n
      unless composite[i]
        multiple = i * i
        while multiple < n
          composite[multiple] = true
          multiple += i
        end
      end
      i += 1
    end

    primes = sum = 0
    number = 2
    while number < n
      unless composite[number]
        primes += 1
        sum += number
      end
      number += 1
    end
    { n: n, primes: primes, sum: sum }
  end

  def self.text(body)
    [200, { "content-type" => "text/plain; charset=utf-8" }, [body]]
  end

  def self.json(status, body)
    [status, { "content-type" => "application/json" }, [JSON.generate(body)]]
  end

  ROUTES = {
    %r{\A/health\z} => ["GET", ->(*) { text("ok") }],
    %r{\A/plaintext\z} => ["GET", ->(*) { text("Hello, World!") }],
    %r{\A/json/([^/]+)\z} => ["GET", ->(request, count) { json(200, items(count, request.GET)) }],
    %r{\A/delay/([^/]+)\z} => ["GET", lambda { |_, argument|
      ms = integer_in("ms", argument, 0, DELAY_MS_MAX)
      sleep(ms / 1000.0)
      text(ms.to_s)
    }],
    %r{\A/compute/([^/]+)\z} => ["GET", lambda { |_, argument|
      json(200, primes_below(integer_in("n", argument, 0, COMPUTE_N_MAX)))
    }],
    %r{\A/echo\z} => ["POST", lambda { |request|
      type = request.content_type || "application/octet-stream"
      [200, { "content-type" => type }, [request.body.read]]
    }]
  }.freeze

  def self.call(env)
    request = Rack::Request.new(env)
    ROUTES.each do |pattern, (method, handler)|
      match = pattern.match(Rack::Utils.unescape_path(request.path_info))
      next unless match
      return [405, { "allow" => method }, []] unless request.request_method == method

      return handler.call(request, *match.captures)
    end
    [404, {}, []]
  rescue Complaint => e
    json(400, { error: e.message })
  end
end

run Pilot
