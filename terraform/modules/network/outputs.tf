output "vpc_id" {
  value = aws_vpc.this.id
}

output "cidr" {
  value = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  value = [for name in var.availability_zones : aws_subnet.public[name].id]
}

output "private_subnet_ids" {
  value = [for name in var.availability_zones : aws_subnet.private[name].id]
}

output "s3_endpoint_id" {
  value = aws_vpc_endpoint.s3.id
}

output "inner_zone_id" {
  value = aws_route53_zone.inner.zone_id
}

output "inner_domain" {
  value = aws_route53_zone.inner.name
}

output "nat_addresses" {
  description = "From where the cell's machines are seen outside."
  value       = [for address in aws_eip.nat : address.public_ip]
}
