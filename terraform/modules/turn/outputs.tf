output "host" {
  value = var.host
}

output "addresses" {
  value = [for address in aws_eip.this : address.public_ip]
}
